//! Whether words are said of somebody who is not of the family: friends, strangers, other people's kin.

use super::prose::Prose;
use super::text::{bare, find_phrase};
use super::who::Mention;

impl Prose<'_, '_> {
    /// `Ruby's friend was …`, `another pupil in Max's class has …`: whether words before `at` name somebody who is not of the family,
    /// with no member named behind them. A brother may be one of the family, unless he has a name that nobody of it has.
    pub(super) fn of_others(&self, clause: &str, at: usize, named: &[Mention], sentence: &str) -> Others {
        let before = clause.get(..at).unwrap_or(clause);
        let last = |list: &str| {
            let found = self.lexicon.list(list).iter().filter_map(|word| Some((find_phrase(before, word)?, word.as_str())));
            found.max()
        };
        // `Dawn's mum`, `Dawn is helped by her mother` is not Dawn, though Dawn is a mum.
        let of_oneself = |pair: &[Mention]| {
            pair[1].end <= at
                && pair[0].members == pair[1].members
                && before
                    .get(pair[0].end..pair[1].start)
                    .is_some_and(|between| matches!(between.split_whitespace().next_back(), Some("'s" | "her" | "his")))
        };
        // `Gary's mother` is a grandmother, `Gary's brother` an uncle.
        let of_an_adult = |mention: &Mention| {
            let behind = behind_possessive(before, mention);
            let kin = behind.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            let adult = !kin.is_empty() && mention.members.len() == 1 && self.is_adult(mention.members[0]);
            let named_since = || named.iter().any(|other| other.start > mention.end + kin.len() + 3 && other.end <= at);
            adult && self.lexicon.is("kin_of_adults", kin) && !self.has_kin(kin) && !named_since()
        };
        if named.windows(2).any(of_oneself) || named.iter().any(of_an_adult) {
            return Others::Surely;
        }
        // `His mum is depressed`, where no mother is known: it may be of nobody here.
        let of_unknown_kin = |kin: &String| {
            ["his", "her", "their"].iter().any(|whose| {
                let Some(from) = find_phrase(before, &format!("{whose} {kin}")) else { return false };
                !named.iter().any(|mention| mention.end > from + whose.len() && mention.end <= at)
            })
        };
        if self.lexicon.list("kin_of_adults").iter().any(of_unknown_kin) {
            return Others::Unclear;
        }
        // `Tom's father, Jo Marsh, has been charged`, where no father is known.
        let of_unknown_parent = |mention: &Mention| {
            let behind = behind_possessive(before, mention);
            let kin = behind.split(|c: char| !(c.is_alphanumeric() || c == '-')).next().unwrap_or_default();
            matches!(
                kin,
                "father"
                    | "dad"
                    | "mother"
                    | "mum"
                    | "mam"
                    | "stepfather"
                    | "step-father"
                    | "step-dad"
                    | "stepdad"
                    | "ex-partner"
            ) && !named.iter().any(|other| other.start > mention.end && other.end <= at)
        };
        if named.iter().any(of_unknown_parent) {
            return Others::Unclear;
        }
        let strangers = last("strangers");
        let Some((others, word)) = strangers.max(last("other_people")) else { return Others::No };
        let possessed = |mention: &&Mention| before.get(mention.end..).is_some_and(|rest| rest.starts_with("'s"));
        // `The boy who sits next to Ruby has …`: the member only tells who is meant; `Ruby is a child who …` speaks of Ruby.
        if word.ends_with(" who") {
            let introduced = named.iter().any(|mention| mention.end <= others && !possessed(&mention));
            return if introduced { Others::No } else { Others::Surely };
        }
        if named.iter().filter(|mention| mention.end <= at && !possessed(mention)).any(|mention| mention.start >= others) {
            return Others::No;
        }
        // `Max and his mates have …` speaks of Max too.
        let beside = |mention: &Mention| {
            let between = before.get(mention.end..others).unwrap_or_default().trim();
            let between = between.strip_prefix("and ").or(between.strip_prefix("with ")).unwrap_or("nobody");
            matches!(between, "his" | "her" | "their" | "some" | "a" | "two" | "three" | "other" | "some of his" | "some of her")
        };
        if named.iter().any(beside) {
            return Others::No;
        }
        if strangers.is_some_and(|(at, _)| at == others) && tells_of_another(before, others) {
            return Others::Unclear;
        }
        if strangers.is_some_and(|(at, _)| at == others) || self.is_named_otherwise(sentence, word) {
            return Others::Surely;
        }
        Others::Unclear
    }

    /// `Nan has cancer`, `Ruby's ex-boyfriend was excluded`: the last person before the words is kin that nobody of the family is.
    pub(super) fn is_of_far_kin(&self, clause: &str, at: usize, named: &[Mention]) -> bool {
        let before = clause.get(..at).unwrap_or(clause);
        let found = self.lexicon.list("far_kin").iter().filter_map(|word| Some((find_phrase(before, word)?, word.as_str())));
        let Some((from, word)) = found.max() else { return false };
        let possessed = |mention: &Mention| before.get(mention.end..).is_some_and(|rest| rest.starts_with("'s"));
        let spoken_of_since = named.iter().any(|mention| mention.start > from && mention.end <= at && !possessed(mention));
        let class = word.get(..4).unwrap_or(word);
        let class = if class.starts_with("nan") { "gran" } else { class };
        let has_such = self.members.iter().filter_map(|member| member.relationship.as_ref()).any(|relationship| {
            let relationship = bare(relationship.value.reveal());
            relationship.contains(class) || class == "gran" && relationship.contains("nan")
        });
        !spoken_of_since && !has_such
    }

    /// Whether the mother or brother of one of the adults may be of the family: a grandmother, an uncle.
    fn has_kin(&self, kin: &str) -> bool {
        let as_told = match kin {
            "brother" => "uncle",
            "sister" => "aunt",
            _ => "gran",
        };
        self.members
            .iter()
            .filter_map(|member| member.relationship.as_ref())
            .any(|known| bare(known.value.reveal()).contains(as_told))
    }

    /// `brother Lee`, when nobody of the family is called Lee.
    fn is_named_otherwise(&self, sentence: &str, word: &str) -> bool {
        let mut words = sentence.split_whitespace().skip_while(|part| bare(part).trim_end_matches("'s") != word).skip(1);
        let Some(name) = words.next().filter(|name| name.starts_with(char::is_uppercase)) else { return false };
        let name = bare(name);
        let name = name.trim_end_matches("'s");
        !self.members.iter().any(|member| member.given_name.as_ref().is_some_and(|given| bare(given.value.reveal()) == name))
    }
}

/// Whether the stranger at `at` in `before` may only speak, or act upon the family: `called by neighbours to …`, `the teacher says …`.
fn tells_of_another(before: &str, at: usize) -> bool {
    const TOWARDS: [&str; 5] = ["by", "from", "to", "of", "about"];
    const SPEAKS: [&str; 22] = [
        "says",
        "said",
        "say",
        "reports",
        "reported",
        "told",
        "tells",
        "called",
        "calls",
        "rang",
        "complained",
        "served",
        "noticed",
        "notes",
        "noted",
        "thinks",
        "believes",
        "describes",
        "described",
        "concerned",
        "worried",
        "saw",
    ];
    let words = |text: &str| text.split_whitespace().map(bare).collect::<Vec<_>>();
    let (ahead, behind) = before.split_at(at);
    let ahead = words(ahead);
    let near =
        ahead.iter().rev().find(|word| !matches!(word.as_str(), "the" | "a" | "an" | "her" | "his" | "their" | "our" | "some"));
    near.is_some_and(|word| TOWARDS.contains(&word.as_str())) || words(behind).iter().any(|word| SPEAKS.contains(&word.as_str()))
}

/// Whether words are said of somebody who is not of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// Of the family.
    No,
    /// Of somebody who may be.
    Unclear,
    /// Of somebody who is not.
    Surely,
}

/// What stands behind the name: `'s own mother` → `mother`.
fn behind_possessive<'t>(before: &'t str, mention: &Mention) -> &'t str {
    let behind = before.get(mention.end..).and_then(|rest| rest.strip_prefix("'s ")).unwrap_or_default();
    behind.strip_prefix("own ").unwrap_or(behind)
}
