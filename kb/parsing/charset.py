"""Which encoding a text is in, measured: each candidate decodes, the likeliest wins."""

from __future__ import annotations

import codecs

# The commonest characters of modern Chinese prose; a wrong decoding hits few of them.
_SIMPLIFIED = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过"
    "子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体"
    "制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内"
    "数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提"
    "直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计"
    "别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海"
    "口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身"
    "车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石"
    "记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青"
    "省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型"
    "眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严甲乙双款项告季司"
    "企库户"
)
_TRADITIONAL = (
    "這爲個國時來們於對會發動過說產種後學經進電裏現實兩體機當點從業應開還義間樣與關線內數麼質氣變"
    "條沒結問無軍並題黨員總設長頭資邊級圖統較將組見計別論運農幾區強決幹戰則據處隊給門規熱領東導壓"
    "爭濟階術極聯認權證採轉單風帶場車務萬達積議聲報鬥類離華確張馬節話況溫傳許羣廣記觀織裝衆書覆兒"
    "須際驗連斷難礦備辦習響約勞團歷構稱準號維劃選標寫親養層卻專狀廠識適屬圓調滿縣參紅細聽該鐵價嚴"
    "雙項庫戶"
)
_COMMON = frozenset(_SIMPLIFIED + _TRADITIONAL)
_COMMON_HANGUL = frozenset(
    "이다는의에고가을를은기하지로도한사서인대리자어아시그나있일보정해수들게제장과주부전공상오"
    "만무안니세여동라면으비조구스년위성학문것생원우합계약업관용국연진음적등내물중실"
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_EAST_ASIAN = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
# Single-byte encodings with the letters that make up most of their languages' non-ASCII text.
_SINGLE_BYTE = {
    "cp1252": "éèàêçâîôûùëïüöäßñáíóúãõåøæœ°“”‘’–—…•€£§©«»´",
    "cp1251": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфё№«»—",
    "koi8_r": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфё",
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžőűăîşţ“”„–—…",
    "cp1253": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώ",
    "cp1255": "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    "cp1256": "ابتثجحخدذرزسشصضطظعغفقكلمنهويةأإى،",
}
_TEXT_CONTROLS = frozenset(b"\t\n\r\x0c\x1b")
_MOST_CONTROLS = 0.005
"""Share of control bytes above which bytes are no text; random bytes have .11."""
_LEAST_PLAUSIBLE = 0.6
"""Share of high bytes in valid UTF-8 from which on a text is UTF-8 with some damage."""
_LEAST_EAST_ASIAN = 0.35
_MANY_NULS = 0.1
_HIGH = 0x7F
_SHORTEST_UTF16 = 8
_SAMPLE = 65_536
_SCORED = 16_384


def detect(sample: bytes) -> str | None:
    """Return the Python codec that reads ``sample`` (the start of a file), None when it is no text.

    UTF-8 wins whenever it decodes; a few broken bytes do not change that. Without a byte order
    mark UTF-16 and the East Asian encodings are told apart by how many of the decoded characters
    are common ones, the
    single-byte ones by the letters their languages use most.
    """
    sample = sample[:_SAMPLE]
    for mark, codec in _BOMS:
        if sample.startswith(mark):
            return codec
    wide = _utf16(sample)
    if wide:
        return wide
    if not _is_text(sample):
        return None
    if sample.isascii() or _utf8_share(sample) >= _LEAST_PLAUSIBLE:
        return "utf-8"
    return _legacy(sample)


def is_text(sample: bytes) -> bool:
    """Say whether ``sample`` reads as text; quick, for the door."""
    sample = sample[:_SAMPLE]
    if any(sample.startswith(mark) for mark, _ in _BOMS):
        return True
    return _is_text(sample) or _utf16(sample) is not None


def _is_text(sample: bytes) -> bool:
    controls = sum(sample.count(code) for code in range(32) if code not in _TEXT_CONTROLS)
    # A NUL or two in a short note is tolerated; binary formats are far above.
    return controls <= max(4, len(sample) * _MOST_CONTROLS)


def _utf16(sample: bytes) -> str | None:
    """Return utf-16-le or utf-16-be when nearly all characters are ordinary read that way."""
    if len(sample) < _SHORTEST_UTF16:
        return None
    best = max(("utf-16-le", "utf-16-be"), key=lambda codec: _ordinary(sample, codec))
    nul_share = sample.count(0) / len(sample)
    enough = 0.9 if nul_share > _MANY_NULS else 0.97
    if _ordinary(sample, best) < enough:
        return None
    text = sample[: len(sample) // 2 * 2].decode(best, "ignore")
    # Plain ASCII read as UTF-16 gives rare ideographs: demand spaces, ASCII or common ones.
    usual = sum(char.isascii() or char in _COMMON or "\u0370" < char < "\u045f" for char in text)
    usual += sum("\uac00" <= char <= "\ud7a3" for char in text)
    return best if usual >= len(text) * 0.3 else None


def _ordinary(sample: bytes, codec: str) -> float:
    text = sample[: min(len(sample), 8192) // 2 * 2].decode(codec, "replace")
    good = sum(
        " " <= char <= "~"
        or char in "\t\r\n\ufeff"
        or "\u4e00" <= char <= "\u9fff"
        or "\u3000" <= char <= "\u30ff"
        or "\uff00" <= char <= "\uffef"
        or "\u2010" <= char <= "\u2030"
        or "\u00a0" <= char <= "\u045f"
        or "\uac00" <= char <= "\ud7a3"
        for char in text
    )
    return good / max(len(text), 1)


def _utf8_share(sample: bytes) -> float:
    """Share of the high bytes that belong to valid UTF-8; 1.0 when it is all valid."""
    try:
        # A sample may end inside a character.
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample)
    except UnicodeDecodeError:
        kept = sample.decode("utf-8", "ignore")
        valid = sum(len(char.encode()) for char in kept if char > "\x7f")
        return valid / max(sum(byte > _HIGH for byte in sample), 1)
    return 1.0


def _legacy(sample: bytes) -> str:
    scores = {codec: _east_asian_score(sample, codec) for codec in _EAST_ASIAN}
    best = max(scores, key=lambda codec: scores[codec])
    if scores[best] >= _LEAST_EAST_ASIAN:
        return best
    return _single_byte(sample)


def _east_asian_score(sample: bytes, codec: str) -> float:
    """Share of the non-ASCII characters that prose of that encoding is made of."""
    text = sample[:_SCORED].decode(codec, "replace")
    foreign = [char for char in text if char > "\x7f"]
    if not foreign:
        return 0.0
    broken = text.count("\ufffd")
    good = sum(_weight(char, codec) for char in foreign)
    return (good - 3 * broken) / len(foreign)


def _weight(char: str, codec: str) -> float:  # noqa: PLR0911 - one line a script
    if codec == "cp949":
        return _korean_weight(char)
    if char in _COMMON:
        return 1.0
    if "\u3040" <= char <= "\u30ff":  # kana
        return 1.2 if codec in {"cp932", "euc_jp"} else 0.1
    if "\u4e00" <= char <= "\u9fff":  # a rarer ideograph
        return 0.4
    if "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uff60":  # punctuation
        return 0.8
    return -0.5


def _korean_weight(char: str) -> float:
    try:
        char.encode("euc_kr")  # the syllables in use; the other 8,822 hardly occur
    except UnicodeEncodeError:
        return -0.5
    if char in _COMMON_HANGUL:
        return 1.2
    return 0.4 if "\uac00" <= char <= "\ud7a3" else 0.1


def _single_byte(sample: bytes) -> str:
    scores = {}
    for codec, letters in _SINGLE_BYTE.items():
        usual = frozenset(letters + letters.upper())
        foreign = [char for char in sample.decode(codec, "replace") if char > "\x7f"]
        # Small letters count in full: koi8-r and cp1251 differ in case above all.
        scores[codec] = sum((char in usual) + (char in letters) for char in foreign)
    return max(scores, key=lambda codec: scores[codec])
