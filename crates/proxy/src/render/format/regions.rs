//! CLDR's tables of the languages that we have texts in.

/// What is the same in a language's every region.
#[derive(Debug)]
pub struct Style {
    /// kB, MB, GB, TB
    pub units: [&'static str; 4],
    /// The word after a number of bytes, with what stands between.
    pub byte: fn(u64) -> &'static str,
    /// Which plural form.
    pub plural: fn(u64) -> usize,
    /// What stands before each unit, unless the region says something else.
    gaps: [&'static str; 4],
}

/// How a region writes.
#[derive(Debug)]
pub struct Region {
    /// The regions' codes; none at the language at large, which is the first one.
    pub codes: &'static str,
    /// The day as it is (`%d`) or in two digits (`%D`), the month by its short name (`%m`) or in two digits (`%M`), and the year (`%y`).
    pub date: &'static str,
    /// The months' short names.
    pub months: &'static str,
    /// Between groups of digits.
    pub group: char,
    /// Before a fraction.
    pub decimal: char,
    /// From how many digits on there are groups.
    pub grouped_from: usize,
    /// Groups of two digits above the thousand.
    pub is_indian: bool,
    /// What stands before a unit, where it is not the language's.
    gap: Option<&'static str>,
}

impl Region {
    /// What stands between a number and its unit, counted from 1.
    pub fn gap_before(&self, style: &Style, unit: usize) -> &'static str {
        self.gap.unwrap_or(style.gaps[unit - 1])
    }
}

const THIN: char = '\u{202F}';
const SPACE: char = '\u{A0}';

const fn region(codes: &'static str, date: &'static str, months: &'static str, [group, decimal]: [char; 2]) -> Region {
    Region { codes, date, months, group, decimal, grouped_from: 4, is_indian: false, gap: None }
}

/// The language, and its regions.
pub fn of(language: &str) -> (&'static Style, &'static [Region]) {
    match language {
        "de" => (&GERMAN, GERMAN_REGIONS),
        "es" => (&SPANISH, SPANISH_REGIONS),
        "fr" => (&FRENCH, FRENCH_REGIONS),
        _ => (&ENGLISH, ENGLISH_REGIONS),
    }
}

const SI: [&str; 4] = ["kB", "MB", "GB", "TB"];

static ENGLISH: Style =
    Style { units: SI, byte: |n| if n == 1 { " byte" } else { " bytes" }, plural: |n| usize::from(n != 1), gaps: [" "; 4] };

static GERMAN: Style = Style {
    units: SI,
    byte: |n| if n == 1 { "\u{A0}Byte" } else { " Byte" },
    plural: |n| usize::from(n != 1),
    gaps: [" ", " ", "\u{A0}", " "],
};

static SPANISH: Style = Style {
    units: SI,
    byte: |n| if n == 1 { " byte" } else { " bytes" },
    plural: |n| match n {
        1 => 0,
        n if n > 0 && n.is_multiple_of(1_000_000) => 1,
        _ => 2,
    },
    gaps: [" "; 4],
};

static FRENCH: Style = Style {
    units: ["ko", "Mo", "Go", "To"],
    byte: |n| if n < 2 { "\u{A0}octet" } else { "\u{A0}octets" },
    plural: |n| match n {
        0 | 1 => 0,
        n if n.is_multiple_of(1_000_000) => 1,
        _ => 2,
    },
    gaps: ["\u{202F}"; 4],
};

const EN: &str = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
const EN_SEPT: &str = "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec";

static ENGLISH_REGIONS: &[Region] = &[
    region("", "%m %d, %y", EN, [',', '.']),
    region("AE", "%d %m %y", EN, [',', '.']),
    region(
        "001 150 AG AI BB BM BS CC CK CM CT CX CY DG DM ER FJ FK FM GB GD GG GH GI GM GS GY HK IE IL IM IO JE JM KE KI KN KY LC LR LS MG MO \
         MS MU MW MY NA NF NG NH NR NU NZ PC PG PN PW RW SB SC SD SG SH SL SS SX SZ TC TK TO TT TV TZ UG UK VC VG VU WS ZM",
        "%d %m %y",
        EN_SEPT,
        [',', '.'],
    ),
    region("AT DD DE DK ES ID IT NL PL RO SI", "%d %m %y", EN_SEPT, ['.', ',']),
    region("AU", "%d %m %y", "Jan Feb Mar Apr May June July Aug Sept Oct Nov Dec", [',', '.']),
    region("BE", "%D %m %y", EN_SEPT, ['.', ',']),
    region("BW MT", "%D %m %y", EN_SEPT, [',', '.']),
    region("BZ PK", "%D-%m-%y", EN_SEPT, [',', '.']),
    region("CH", "%d %m %y", EN_SEPT, ['\'', '.']),
    region("CZ EE FI HU LT LV NO PT SE SK UA", "%d %m %y", EN_SEPT, [SPACE, ',']),
    region("FR FX GE", "%d %m %y", EN_SEPT, [THIN, ',']),
    Region { is_indian: true, ..region("IN", "%d %m %y", EN_SEPT, [',', '.']) },
    region("MV", "%D-%M-%y", EN_SEPT, [',', '.']),
    region("RH ZW", "%D %m,%y", EN_SEPT, [',', '.']),
    region("ZA", "%D %m %y", EN_SEPT, [SPACE, ',']),
];

static GERMAN_REGIONS: &[Region] = &[
    region("", "%D.%M.%y", "", ['.', ',']),
    region("AT", "%D.%M.%y", "", [SPACE, ',']),
    region("CH LI", "%D.%M.%y", "", ['\'', '.']),
];

const FR: &str = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.";

static FRENCH_REGIONS: &[Region] = &[
    region("", "%d %m %y", FR, [THIN, ',']),
    Region {
        gap: Some("\u{A0}"),
        ..region("CA", "%d %m %y", "janv. févr. mars avr. mai juin juill. août sept. oct. nov. déc.", [SPACE, ','])
    },
    region("LU", "%d %m %y", FR, ['.', ',']),
    region("MA", "%d %m %y", "jan. fév. mar. avr. mai jui. juil. août sept. oct. nov. déc.", ['.', ',']),
];

const ES: &str = "ene feb mar abr may jun jul ago sept oct nov dic";
const ES_POINT: &str = "ene. feb. mar. abr. may. jun. jul. ago. sept. oct. nov. dic.";
const ES_SET: &str = "ene. feb. mar. abr. may. jun. jul. ago. set. oct. nov. dic.";

static SPANISH_REGIONS: &[Region] = &[
    Region { grouped_from: 5, ..region("", "%d %m %y", ES, ['.', ',']) },
    region("AR EC", "%d %m %y", ES, ['.', ',']),
    region("BO", "%d %m de %y", ES, ['.', ',']),
    region("BR BZ CU DO HN NI SV US 419", "%d %m %y", ES, [',', '.']),
    region("CL", "%D-%M-%y", "", ['.', ',']),
    region("CO", "%d/%M/%y", "", ['.', ',']),
    region("CR", "%d %m %y", ES, [SPACE, ',']),
    region("GT", "%d/%M/%y", "", [',', '.']),
    region("MX", "%d %m %y", "ene feb mar abr may jun jul ago sep oct nov dic", [',', '.']),
    region("PA PR PZ", "%M/%D/%y", "", [',', '.']),
    region("PE", "%d %m %y", ES_SET, [',', '.']),
    region("PY VE", "%d %m %y", ES_POINT, ['.', ',']),
    region("UY", "%d %m %y", ES_SET, ['.', ',']),
];
