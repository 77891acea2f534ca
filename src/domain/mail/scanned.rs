//! What a virus scanner said of a mail, in the words of clamd, and what that means. Only a clear "OK" is clean.

/// What is known of a mail after a virus scanner was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanned {
    /// The scanner looked at all of it and found nothing.
    Clean,
    /// It found this, by its own name for it: plain characters, at most [`NAME_MAX`].
    Infected(String),
    /// Nobody knows: never to be shown as clean.
    Unscanned(Unscanned),
}

/// Why nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unscanned {
    /// The scanner could not be reached.
    Unreached,
    /// The scanner took too long.
    TimeLimit,
    /// It is larger than is scanned.
    TooLarge,
    /// Something in it is locked with a password.
    Locked,
    /// It holds more, or deeper, than the scanner unpacks.
    OverLimits,
    /// It holds macros: no known virus, and programs all the same.
    Macros,
    /// The scanner failed over it, or its answer was no answer.
    NoAnswer,
}

/// Longest name of a find that is kept.
pub const NAME_MAX: usize = 100;

impl Scanned {
    /// What the answer of clamd to `INSTREAM` means; `None` for one that was cut before its end.
    #[must_use]
    pub fn of_answer(answer: Option<&str>) -> Self {
        let Some(answer) = answer.map(str::trim_end) else { return Self::Unscanned(Unscanned::NoAnswer) };
        if answer == "stream: OK" {
            return Self::Clean;
        }
        if let Some(name) = answer.strip_prefix("stream: ").and_then(|rest| rest.strip_suffix(" FOUND")) {
            return found(name);
        }
        let too_large = answer == "INSTREAM size limit exceeded. ERROR";
        Self::Unscanned(if too_large { Unscanned::TooLarge } else { Unscanned::NoAnswer })
    }

    /// Its word in the store and in published answers.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Infected(_) => "infected",
            Self::Unscanned(_) => "unscanned",
        }
    }

    /// What was noted of a mail, as [`Scanned::as_str`] and [`Scanned::says`] wrote it. Words nobody knows any more are no answer.
    #[must_use]
    pub fn remembered(word: &str, says: &str) -> Self {
        match word {
            "clean" => Self::Clean,
            "infected" => Self::Infected(says.split('`').nth(1).unwrap_or_default().to_owned()),
            _ => {
                let why = Unscanned::ALL.into_iter().find(|why| Self::Unscanned(*why).says() == says);
                Self::Unscanned(why.unwrap_or(Unscanned::NoAnswer))
            }
        }
    }

    /// A sentence for people, without an end; of a clean mail too.
    #[must_use]
    pub fn says(&self) -> String {
        match self {
            Self::Clean => "nothing found".to_owned(),
            Self::Infected(name) => format!("the virus scanner found `{name}` in it"),
            Self::Unscanned(why) => format!("not scanned for viruses: {}", why.says()),
        }
    }
}

impl Unscanned {
    const ALL: [Self; 7] =
        [Self::Unreached, Self::TimeLimit, Self::TooLarge, Self::Locked, Self::OverLimits, Self::Macros, Self::NoAnswer];

    /// Whether something of the mail is the cause; else it is the scanner, and one alarm says so for all mails.
    #[must_use]
    pub fn is_of_the_mail(self) -> bool {
        match self {
            Self::TooLarge | Self::Locked | Self::OverLimits | Self::Macros => true,
            Self::Unreached | Self::TimeLimit | Self::NoAnswer => false,
        }
    }
    fn says(self) -> &'static str {
        match self {
            Self::Unreached => "the scanner could not be reached",
            Self::TimeLimit => "the scanner took too long",
            Self::TooLarge => "it is larger than the scanner takes",
            Self::Locked => "something in it is locked with a password",
            Self::OverLimits => "it holds more than the scanner unpacks",
            Self::Macros => "something in it holds macros, which are programs",
            Self::NoAnswer => "the scanner gave no clear answer",
        }
    }
}

/// clamd tells what it could not look into as a find too, when its `Alert…` options are on.
fn found(name: &str) -> Scanned {
    let begins = |start: &str| name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    if begins("Heuristics.Encrypted.") {
        return Scanned::Unscanned(Unscanned::Locked);
    }
    if begins("Heuristics.Limits.Exceeded") {
        return Scanned::Unscanned(Unscanned::OverLimits);
    }
    if begins("Heuristics.OLE2.ContainsMacros") {
        return Scanned::Unscanned(Unscanned::Macros);
    }
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "._-+:/()".contains(*c)).take(NAME_MAX).collect();
    Scanned::Infected(if plain.is_empty() { "something without a name".to_owned() } else { plain })
}
