"""
Korean data: people, companies, places, numbers with valid check digits.

Names are common ones put together by chance; no number here belongs to anybody known.
"""

# ruff: noqa: E501 (a table reads better in wide lines)

from __future__ import annotations

from typing import Final, TypeAlias

from aegis_contracts.instances.words import Context, letters, mix

Place: TypeAlias = tuple[str, str, str, str, str, str, float, float]

FAMILY: Final = (
    ("김", "kim"), ("이", "lee"), ("박", "park"), ("최", "choi"), ("정", "jung"), ("강", "kang"), ("조", "cho"), ("윤", "yoon"),
    ("장", "jang"), ("임", "lim"), ("한", "han"), ("오", "oh"), ("서", "seo"), ("신", "shin"), ("권", "kwon"), ("황", "hwang"),
)  # fmt: skip
GIVEN: Final = (
    ("서연", "seoyeon"), ("민준", "minjun"), ("지우", "jiwoo"), ("하은", "haeun"), ("도윤", "doyun"), ("수빈", "subin"),
    ("예준", "yejun"), ("지훈", "jihoon"), ("현우", "hyunwoo"), ("은지", "eunji"), ("영희", "younghee"), ("성민", "sungmin"),
    ("미경", "mikyung"), ("재현", "jaehyun"), ("유진", "yujin"), ("동현", "donghyun"), ("소영", "soyoung"), ("준호", "junho"),
)  # fmt: skip
COMPANY_HEADS: Final = (
    "한빛", "대성", "새봄", "푸른", "누리", "가온", "미래", "다온", "온누리", "해오름", "한결", "우리", "서광", "동방", "세종", "참조은",
)  # fmt: skip
COMPANY_TAILS: Final = (
    "상사", "유통", "정밀", "식품", "소프트", "디자인", "건설", "무역", "테크", "물류", "섬유", "에너지", "바이오", "베이커리", "카페", "공방",
)  # fmt: skip
# 시도, its English name, its code of legal districts, 시군구, a road there, a postal code, latitude, longitude.
PLACES: Final = (
    ("서울특별시", "Seoul", "11", "강남구", "테헤란로", "06234", 37.5006, 127.0364),
    ("서울특별시", "Seoul", "11", "마포구", "월드컵북로", "03925", 37.5796, 126.8890),
    ("부산광역시", "Busan", "26", "해운대구", "센텀중앙로", "48058", 35.1730, 129.1310),
    ("대구광역시", "Daegu", "27", "수성구", "달구벌대로", "42087", 35.8580, 128.6310),
    ("인천광역시", "Incheon", "28", "연수구", "컨벤시아대로", "21998", 37.3890, 126.6430),
    ("대전광역시", "Daejeon", "30", "유성구", "대학로", "34134", 36.3660, 127.3440),
    ("울산광역시", "Ulsan", "31", "남구", "삼산로", "44705", 35.5390, 129.3380),
    ("경기도", "Gyeonggi-do", "41", "성남시 분당구", "판교역로", "13494", 37.3950, 127.1110),
    ("경기도", "Gyeonggi-do", "41", "수원시 영통구", "광교로", "16229", 37.2860, 127.0520),
    ("강원특별자치도", "Gangwon-do", "51", "춘천시", "중앙로", "24267", 37.8810, 127.7300),
    ("충청북도", "Chungcheongbuk-do", "43", "청주시 흥덕구", "오송생명로", "28161", 36.6290, 127.3240),
    ("전북특별자치도", "Jeonbuk-do", "52", "전주시 완산구", "홍산로", "54969", 35.8150, 127.1060),
    ("경상남도", "Gyeongsangnam-do", "48", "창원시 성산구", "중앙대로", "51439", 35.2280, 128.6820),
    ("제주특별자치도", "Jeju-do", "50", "제주시", "첨단로", "63309", 33.4510, 126.5700),
)  # fmt: skip
# KSIC, 11th revision: code and name.
INDUSTRIES: Final = (
    ("56111", "한식 일반 음식점업"),
    ("56221", "커피 전문점"),
    ("58222", "응용 소프트웨어 개발 및 공급업"),
    ("62010", "컴퓨터 프로그래밍 서비스업"),
    ("10712", "빵류 제조업"),
    ("47121", "슈퍼마켓"),
    ("41122", "아파트 건설업"),
    ("49301", "일반 화물자동차 운송업"),
)
BUSINESS_TYPES: Final = ("개인사업자", "법인사업자")
BUSINESS_LINES: Final = ("음식점업", "소매업", "제조업", "도매업", "서비스업", "건설업", "정보통신업", "운수업")
BUSINESS_ITEMS: Final = (
    "한식",
    "커피",
    "의류",
    "전자제품",
    "식료품",
    "미용",
    "실내장식",
    "응용소프트웨어",
    "화물 운송",
)
BANKS: Final = ("국민은행", "신한은행", "우리은행", "하나은행", "농협은행", "기업은행", "카카오뱅크", "토스뱅크")
POLICIES: Final = (
    "소상공인 경영안정자금", "스마트상점 기술보급사업", "청년창업 지원사업", "전통시장 활성화 지원", "희망리턴패키지",
    "소상공인 온라인 판로 지원", "중소기업 수출바우처", "고용안정 장려금", "백년가게 육성사업", "소공인 스마트제조 지원",
)  # fmt: skip

_CHECK: Final = (1, 3, 7, 1, 3, 7, 1, 3, 5)


def business_number(context: Context) -> str:
    """
    Ten digits with a valid check digit (weights 1 3 7 1 3 7 1 3 5, the last product's tens added).
    """
    head = context.between(101, 679)
    middle = context.pick((1, 12, 35, 52, 81, 82, 85, 86, 87, 88))
    digits = f"{head:03d}{middle:02d}{context.between(1, 9999):04d}"
    total = sum(int(d) * w for d, w in zip(digits, _CHECK, strict=True)) + int(digits[8]) * 5 // 10
    return f"{digits}{(10 - total % 10) % 10}"


def corporate_number(context: Context) -> str:
    """
    Thirteen digits with a valid check digit (weights 1 and 2 in turn).
    """
    digits = f"{context.pick(('1101', '1301', '1801', '2841'))}11{context.between(1, 999999):06d}"
    total = sum(int(d) * (1 + i % 2) for i, d in enumerate(digits))
    return f"{digits}{(10 - total % 10) % 10}"


def mobile_number(context: Context) -> str:
    """
    Eleven digits of a mobile phone.
    """
    return f"010{context.between(2000, 9999):04d}{context.below(10000):04d}"


def person(context: Context) -> tuple[str, str, str, str]:
    """
    The person that the properties of one thing speak of: family name and given name, in Hangul and in letters.
    """
    own, context.state = context.state, mix(context.subject, 1)
    family, given = context.pick(FAMILY), context.pick(GIVEN)
    context.state = own
    return family[0], given[0], family[1], given[1]


def company(context: Context) -> str:
    """
    A company's name.
    """
    return context.pick(COMPANY_HEADS) + context.pick(COMPANY_TAILS)


def place_of(context: Context) -> Place:
    """
    The place that the properties of one thing speak of, as a row of `PLACES`.
    """
    own, context.state = context.state, mix(context.subject, 2)
    place = context.pick(PLACES)
    context.state = own
    return place


def road_address(context: Context) -> str:
    """
    A road address.
    """
    place = place_of(context)
    return f"{place[0]} {place[3]} {place[4]} {context.between(1, 300)}"


def email(context: Context, _tokens: tuple[str, ...] = (), low: int = 0) -> str:
    """
    An address at a domain that nobody can own.
    """
    _, _, family, given = person(context)
    domain = context.pick(("example.com", "example.kr"))
    local = f"{given}.{family}{context.between(1, 99)}"
    local += letters(context, max(0, min(64 - len(local), low - len(local) - len(domain) - 1)))
    while len(local) + len(domain) + 1 < low:
        missing = low - len(local) - len(domain) - 1
        domain = f"{letters(context, max(1, min(60, missing - 1)))}.{domain}"
    return f"{local}@{domain}"
