"""
Sentences, titles and terms as Korean services have them.
"""

# ruff: noqa: E501 (a table reads better in wide lines)

from __future__ import annotations

from typing import Final

TITLES: Final = (
    "2026년 상반기 지원사업 안내", "서비스 점검 공지", "신규 기능 소개", "이용약관 변경 안내", "분기 실적 보고", "온라인 설명회 신청",
    "사용자 설정 가이드", "주간 업무 요약", "고객 만족도 조사", "데이터 연동 절차",
)  # fmt: skip
SENTENCES: Final = (
    "자세한 내용은 안내문을 확인해 주세요.", "신청은 온라인으로만 받습니다.", "처리에는 영업일 기준 사흘이 걸립니다.",
    "변경 사항은 다음 달부터 적용됩니다.", "문의 사항은 고객센터로 연락해 주세요.", "요청하신 작업이 정상적으로 처리되었습니다.",
    "서류를 제출하면 담당자가 검토합니다.", "지원 대상은 등록된 사업자입니다.",
)  # fmt: skip
COLOURS: Final = ("red", "orange", "yellow", "green", "blue", "navy", "purple", "black", "white", "gray")
TAGS: Final = ("창업", "수출", "금융", "교육", "마케팅", "기술", "고용", "세무")
CATEGORIES: Final = ("general", "finance", "education", "marketing", "technology", "employment")
STATES: Final = ("active", "pending", "completed")
JOBS: Final = ("대표", "부장", "과장", "대리", "매니저", "개발자", "디자이너")
DEPARTMENTS: Final = ("경영지원팀", "개발팀", "영업팀", "마케팅팀", "고객지원팀", "디자인팀")
PRODUCTS: Final = (
    "무선 키보드",
    "텀블러",
    "노트북 거치대",
    "유기농 쌀 10kg",
    "핸드드립 세트",
    "사무용 의자",
    "면 티셔츠",
    "LED 스탠드",
)
LOCALES: Final = ("ko-KR", "en-US", "ja-JP")
USER_AGENTS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
)
