"""
Tables from the words of a name to makers of values: add a line to teach a new name.

Several forms of one thing (a phone number with and without hyphens) stand side by side and are tried in order.
"""

# ruff: noqa: E501 (a table reads better in wide lines)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from aegis_contracts.instances.words import (
    NOUNS,
    WORDS,
    Context,
    Hint,
    Hints,
    base64_text,
    hostname,
    letters,
    moment,
    uri,
    uuid,
)
from aegis_korea import _names as korea
from aegis_korea import _texts as texts
from aegis_korea._names import email


def one_of(choices: Sequence[Any]) -> Hint:
    return lambda context: context.pick(choices)


def _place(*parts: int, join: str = " ") -> Hint:
    def made(context: Context) -> str:
        place = korea.place_of(context)
        return join.join(str(place[part]) for part in parts)

    return made


def _city(context: Context) -> str:
    place = korea.place_of(context)
    return place[0] if place[0].endswith("시") else place[3].partition(" ")[0]


def _number(low: int, high: int, step: int = 1) -> Hint:
    return lambda context: context.between(low // step, high // step) * step


def _digits(count: int) -> Hint:
    return lambda context: letters(context, count, "0123456789")


def _code(context: Context) -> str:
    # Many, for a code is often what may exist once.
    return f"{letters(context, 1, 'ABCDEFGHJKLMNPRSTUVWXYZ')}{letters(context, 5, '0123456789')}"


def _day(form: str, *tokens: str) -> Hint:
    return lambda context: moment(context, tokens).strftime(form)


def _business(context: Context) -> str:
    digits = korea.business_number(context)
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"


def _corporate(context: Context) -> str:
    digits = korea.corporate_number(context)
    return f"{digits[:6]}-{digits[6:]}"


def _mobile(context: Context) -> str:
    digits = korea.mobile_number(context)
    return f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"


def _landline(context: Context) -> str:
    return f"02-{context.between(2000, 8999)}-{context.below(10000):04d}"


def _abroad(context: Context) -> str:
    return f"+82{korea.mobile_number(context)[1:]}"


def _full_name(context: Context) -> str:
    family, given, _, _ = korea.person(context)
    return family + given


def _english_name(context: Context) -> str:
    _, _, family, given = korea.person(context)
    return f"{given.capitalize()} {family.capitalize()}"


def _login(context: Context) -> str:
    _, _, family, given = korea.person(context)
    return f"{given}.{family}{context.between(1, 99)}"


def _login_plain(context: Context) -> str:
    return f"{korea.person(context)[3]}{context.between(1, 99)}"


def slug(context: Context) -> str:
    return f"{context.pick(WORDS)}-{context.pick(NOUNS)}"


def _hexadecimal(count: int) -> Hint:
    return lambda context: letters(context, count, "0123456789abcdef")


def _cursor(context: Context) -> str:
    return base64_text(context).rstrip("=")


def _incorporated(context: Context) -> str:
    return f"{context.pick(('(주)', '주식회사 '))}{korea.company(context)}"


def _money(context: Context) -> int:
    return context.between(1, 990) * 1000


def epoch(*tokens: str) -> Hint:
    return lambda context: int(moment(context, tokens).timestamp())


_BUSINESS: Final[Hints] = (_business, korea.business_number)
_CORPORATE: Final[Hints] = (korea.corporate_number, _corporate)
_PHONE: Final[Hints] = (_mobile, korea.mobile_number, _abroad)
# Addresses for documentation (RFC 5737, RFC 3849).
_IPV4: Final[Hints] = (lambda context: f"203.0.113.{context.between(1, 254)}",)
_IPV6: Final[Hints] = (lambda context: f"2001:db8::{context.between(1, 0xFFFF):x}",)
PERSON_NAME: Final[Hints] = (_full_name, _english_name, _login_plain)
COMPANY: Final[Hints] = (korea.company, _incorporated)
_DATE: Final[Hints] = (_day("%Y-%m-%d"), _day("%Y%m%d"), _day("%Y-%m-%dT%H:%M:%SZ"), _day("%Y.%m.%d"))
_STAMP: Final[Hints] = (_day("%Y-%m-%dT%H:%M:%SZ"), _day("%Y-%m-%d"), _day("%Y%m%d%H%M%S"))
_START: Final[Hints] = (_day("%Y-%m-%d", "founded"), _day("%Y%m%d", "founded"))
_TOKEN: Final[Hints] = (lambda context: letters(context, 43), lambda context: letters(context, 32), _hexadecimal(64))
TITLE: Final[Hints] = (one_of(texts.TITLES), lambda context: f"{context.pick(WORDS)} {context.pick(NOUNS)}")
_SENTENCE: Final[Hints] = (one_of(texts.SENTENCES), one_of(texts.TITLES))

TEXT: Final[dict[str, Hints]] = {
    # people
    "name": PERSON_NAME, "full_name": PERSON_NAME, "user_name": PERSON_NAME, "customer_name": PERSON_NAME, "representative": PERSON_NAME, "representative_name": PERSON_NAME,
    "owner_name": PERSON_NAME, "p_nm": PERSON_NAME, "author": PERSON_NAME, "contact_name": PERSON_NAME, "recipient": PERSON_NAME, "ceo": PERSON_NAME, "ceo_name": PERSON_NAME,
    "nickname": PERSON_NAME, "display_name": PERSON_NAME, "manager": PERSON_NAME, "성명": PERSON_NAME, "이름": PERSON_NAME, "대표자": PERSON_NAME, "대표자명": PERSON_NAME,
    "first_name": (lambda context: korea.person(context)[1],), "given_name": (lambda context: korea.person(context)[1],),
    "last_name": (lambda context: korea.person(context)[0],), "family_name": (lambda context: korea.person(context)[0],),
    "surname": (lambda context: korea.person(context)[0],), "p_nm2": (_english_name,), "english_name": (_english_name,),
    "username": (_login, _login_plain), "login": (_login_plain,), "user": (_login_plain,), "account": (_login_plain,),
    "job": (one_of(texts.JOBS),), "position": (one_of(texts.JOBS),), "role": (one_of(("admin", "member", "viewer")),),
    "department": (one_of(texts.DEPARTMENTS),), "gender": (one_of(("female", "male")), one_of(("F", "M"))),
    # companies
    "company": COMPANY, "company_name": COMPANY, "business_name": COMPANY, "b_nm": COMPANY, "organization": COMPANY,
    "organisation": COMPANY, "organization_name": COMPANY, "store_name": COMPANY, "shop_name": COMPANY, "corporation": COMPANY,
    "seller": COMPANY, "vendor": COMPANY, "brand": COMPANY, "employer": COMPANY, "merchant": COMPANY, "supplier": COMPANY,
    "corp_name": COMPANY, "상호": COMPANY, "회사명": COMPANY, "법인명": COMPANY,
    "business_registration_number": _BUSINESS, "business_number": _BUSINESS, "b_no": (korea.business_number, _business),
    "business_reg_no": _BUSINESS, "brn": _BUSINESS, "biz_no": _BUSINESS, "biz_reg_no": _BUSINESS, "business_no": _BUSINESS,
    "business_registration_no": _BUSINESS, "registration_number": _BUSINESS, "vat_number": _BUSINESS, "사업자등록번호": _BUSINESS,
    "corporate_number": _CORPORATE, "corporate_registration_number": _CORPORATE, "corp_no": _CORPORATE, "법인등록번호": _CORPORATE,
    "industry_code": (lambda context: context.pick(korea.INDUSTRIES)[0],), "ksic": (lambda context: context.pick(korea.INDUSTRIES)[0],),
    "industry": (lambda context: context.pick(korea.INDUSTRIES)[1],), "industry_name": (lambda context: context.pick(korea.INDUSTRIES)[1],),
    "business_type": (one_of(korea.BUSINESS_TYPES),), "b_sector": (one_of(korea.BUSINESS_LINES),), "b_type": (one_of(korea.BUSINESS_ITEMS),),
    "bank": (one_of(korea.BANKS),), "bank_name": (one_of(korea.BANKS),), "policy_name": (one_of(korea.POLICIES),), "policy_title": (one_of(korea.POLICIES),),
    # reaching people
    "email": (email,), "email_address": (email,), "e_mail": (email,), "mail": (email,), "이메일": (email,),
    "phone": _PHONE, "phone_number": _PHONE, "mobile": _PHONE, "mobile_number": _PHONE, "cell_phone": _PHONE, "cellphone": _PHONE,
    "contact": _PHONE, "tel": (_landline, *_PHONE), "telephone": (_landline, *_PHONE), "fax": (_landline, *_PHONE), "전화번호": _PHONE,
    "휴대폰": _PHONE, "연락처": _PHONE, "url": (uri,), "uri": (uri,), "link": (uri,), "href": (uri,), "website": (uri,), "homepage": (uri,),
    "callback": (uri,), "webhook": (uri,), "image": (uri,), "avatar": (uri,), "logo": (uri,), "icon": (uri,), "thumbnail": (uri,),
    "domain": (hostname,), "hostname": (hostname,), "host": (hostname,), "ip": _IPV4,
    "mac_address": (lambda context: "02:42:" + ":".join(f"{context.between(0, 255):02x}" for _ in range(4)),),
    "ip_address": _IPV4, "ipv_4": _IPV4, "ip_v_4": _IPV4, "i_pv_4": _IPV4, "ipv_4_address": _IPV4, "i_pv_4_address": _IPV4,
    "ipv_6": _IPV6, "ip_v_6": _IPV6, "i_pv_6": _IPV6, "ipv_6_address": _IPV6, "i_pv_6_address": _IPV6, "user_agent": (one_of(texts.USER_AGENTS),),
    # places
    "address": (korea.road_address,), "road_address": (korea.road_address,), "address_line1": (korea.road_address,), "b_adr": (korea.road_address,),
    "line1": (korea.road_address,), "street_address": (korea.road_address,), "주소": (korea.road_address,),
    "street": (lambda context: f"{korea.place_of(context)[4]} {context.between(1, 300)}",), "location": (_place(0, 3),),
    "address_line2": (lambda context: f"{context.between(2, 20)}층",), "line2": (lambda context: f"{context.between(2, 20)}층",),
    "city": (_city, _place(0), _place(1)), "province": (_place(0), _place(1)), "sido": (_place(0),), "region": (_place(0), _place(2)), "시도": (_place(0),),
    "region_code": (_place(2),), "sigungu": (_place(3),), "district": (_place(3),), "county": (_place(3),),
    "postal_code": (_place(5),), "zip": (_place(5),), "zip_code": (_place(5),), "zipcode": (_place(5),), "postcode": (_place(5),), "우편번호": (_place(5),),
    "country": (one_of(("KR",)), one_of(("KOR",)), one_of(("대한민국",))), "country_code": (one_of(("KR",)), one_of(("KOR",))), "nationality": (one_of(("KR",)),),
    "locale": (one_of(texts.LOCALES), one_of(("ko_KR", "en_US"))), "language": (one_of(("ko", "en")),), "lang": (one_of(("ko", "en")),),
    "timezone": (one_of(("Asia/Seoul",)),), "time_zone": (one_of(("Asia/Seoul",)),), "latitude": (_place(6),), "longitude": (_place(7),),
    # money and goods
    "currency": (one_of(("KRW",)),), "currency_code": (one_of(("KRW",)),), "price": (lambda context: str(_money(context)),),
    "amount": (lambda context: str(_money(context)),), "product": (one_of(texts.PRODUCTS),), "product_name": (one_of(texts.PRODUCTS),),
    "item_name": (one_of(texts.PRODUCTS),), "sku": (lambda context: f"SKU-{context.between(10000, 99999)}",),
    "account_number": (lambda context: f"{letters(context, 3, '0123456789')}-{letters(context, 6, '0123456789')}-{letters(context, 5, '0123456789')}",),
    # times
    "date": _DATE, "start_date": _START, "start_dt": (_day("%Y%m%d", "founded"), *_START), "establishment_date": _START, "end_date": _DATE,
    "end_dt": (_day("%Y%m%d"), *_DATE), "dt": (_day("%Y%m%d"), *_DATE), "birth_date": (_day("%Y-%m-%d", "birth"), _day("%Y%m%d", "birth")),
    "birthday": (_day("%Y-%m-%d", "birth"), _day("%Y%m%d", "birth")), "dob": (_day("%Y-%m-%d", "birth"),),
    "at": _STAMP, "timestamp": _STAMP, "datetime": _STAMP, "time": _STAMP, "year": (one_of(("2025", "2026")),), "month": (one_of(("01", "06", "11")),),
    # identifiers and secrets
    "uuid": (uuid,), "guid": (uuid,), "request_id": (uuid,), "trace_id": (_hexadecimal(32), uuid), "correlation_id": (uuid,), "idempotency_key": (uuid,),
    "token": _TOKEN, "secret": _TOKEN, "api_key": _TOKEN, "key": (lambda context: letters(context, 16),), "signature": (_hexadecimal(64),),
    "hash": (_hexadecimal(64),), "sha": (_hexadecimal(40),), "checksum": (_hexadecimal(64),), "etag": (_hexadecimal(32),), "digest": (_hexadecimal(64),),
    "cursor": (_cursor,), "next_cursor": (_cursor,), "next": (_cursor,), "prev": (_cursor,), "page_token": (_cursor,), "next_page_token": (_cursor,),
    "verification_code": (_digits(6),), "otp": (_digits(6),), "pin": (_digits(4),), "password": (lambda context: f"Clear!{letters(context, 6)}9X",),
    "slug": (slug,), "file": (lambda context: f"{slug(context)}.pdf",), "filename": (lambda context: f"{slug(context)}.pdf",),
    "file_name": (lambda context: f"{slug(context)}.pdf",), "path": (lambda context: f"/{slug(context)}",), "extension": (one_of(("pdf", "png")),),
    "mime_type": (one_of(("application/pdf", "image/png")),), "content_type": (one_of(("application/json", "text/plain")),), "media_type": (one_of(("image/png",)),),
    "version": (lambda context: f"{context.between(1, 5)}.{context.between(0, 20)}.{context.between(0, 9)}",), "code": (_code,),
    # text
    "title": TITLE, "subject": TITLE, "headline": TITLE, "label": TITLE, "summary": _SENTENCE, "description": _SENTENCE, "message": _SENTENCE,
    "content": _SENTENCE, "body": _SENTENCE, "text": _SENTENCE, "comment": _SENTENCE, "note": _SENTENCE, "memo": _SENTENCE, "reason": _SENTENCE,
    "detail": _SENTENCE, "bio": _SENTENCE, "notice": _SENTENCE, "제목": TITLE, "내용": _SENTENCE, "설명": _SENTENCE,
    "tag": (one_of(texts.TAGS), one_of(texts.CATEGORIES)), "keyword": (one_of(texts.TAGS), one_of(WORDS)), "category": (one_of(texts.CATEGORIES),),
    "status": (one_of(texts.STATES),), "state": (one_of(texts.STATES),), "type": (one_of(("standard", "basic")),), "kind": (one_of(("standard", "basic")),),
    "color": (one_of(texts.COLOURS), lambda context: f"#{letters(context, 6, '0123456789abcdef')}", _hexadecimal(6)),
    "colour": (one_of(texts.COLOURS), lambda context: f"#{letters(context, 6, '0123456789abcdef')}", _hexadecimal(6)),
    "method": (one_of(("GET", "POST")),), "level": (one_of(("info", "notice")),), "priority": (one_of(("normal", "high")),), "channel": (one_of(("web", "app")),),
    "environment": (one_of(("production", "staging")),), "platform": (one_of(("web", "ios", "android")),), "os": (one_of(("Linux", "Windows")),),
}  # fmt: skip

NUMBERS: Final[dict[str, Hint]] = {
    "id": _number(1000, 999_999), "number": _number(1, 999), "no": _number(1, 999), "index": _number(0, 20), "position": _number(1, 20), "rank": _number(1, 20),
    "price": _money, "amount": _money, "cost": _money, "fee": _money, "total_price": _money, "balance": _money, "salary": _number(30_000_000, 90_000_000, 1000),
    "revenue": _number(10_000_000, 900_000_000, 10_000), "budget": _number(10_000_000, 900_000_000, 10_000), "quantity": _number(1, 10), "qty": _number(1, 10),
    "count": _number(0, 100), "total": _number(0, 300), "size": _number(1, 5000), "length": _number(1, 100), "page": _number(1, 10), "limit": _number(10, 50, 10),
    "per_page": _number(10, 50, 10), "offset": _number(0, 100, 10), "pages": _number(1, 30), "age": _number(20, 69), "year": _number(2024, 2026), "month": _number(1, 12),
    "day": _number(1, 28), "hour": _number(0, 23), "minute": _number(0, 59), "second": _number(0, 59), "status": one_of((200, 400, 404)), "status_code": one_of((200, 400, 404)),
    "port": one_of((8080, 8443, 5432)), "percent": _number(0, 100), "percentage": _number(0, 100), "progress": _number(0, 100), "ratio": lambda c: c.between(1, 99) / 100,
    "rate": lambda c: c.between(1, 99) / 100, "score": lambda c: c.between(1, 99) / 100, "rating": lambda c: c.between(20, 50) / 10, "probability": lambda c: c.between(1, 99) / 100,
    "latitude": lambda c: korea.place_of(c)[6], "lat": lambda c: korea.place_of(c)[6], "longitude": lambda c: korea.place_of(c)[7],
    "lng": lambda c: korea.place_of(c)[7], "lon": lambda c: korea.place_of(c)[7], "weight": _number(1, 100), "height": _number(10, 1000, 10),
    "width": _number(10, 1000, 10), "version": _number(1, 9), "employees": _number(1, 300), "employee_count": _number(1, 300), "duration": _number(1, 600),
    "timeout": _number(5, 60, 5), "expires_in": _number(300, 3600, 300), "ttl": _number(60, 3600, 60), "retries": _number(0, 3), "at": epoch("created"),
    "timestamp": epoch("created"), "created": epoch("created"), "updated": epoch("updated"), "expires": epoch("expires"), "modified": epoch("updated"),
    "b_no": lambda c: int(korea.business_number(c)), "time": lambda c: c.between(10, 900) / 10, "response_time": lambda c: c.between(10, 900) / 10,
}  # fmt: skip

FLAGS: Final[dict[str, float]] = {
    **dict.fromkeys(["active", "enabled", "valid", "success", "verified", "available", "visible", "public", "ok", "healthy", "required", "confirmed", "default"], 0.9),
    **dict.fromkeys(["deleted", "disabled", "archived", "locked", "failed", "error", "expired", "blocked", "suspended", "draft", "cancelled", "canceled", "revoked"], 0.1),
}  # fmt: skip
