//! Domestic abuse in sentences: who harms whom, and who saw it.

use super::denials::says_none;
use super::pattern::Told;
use super::prose::{Finding, Prose};
use super::slot::Slot;
use super::subject::{distinct, group_before, is_object};
use super::text::find_phrase;
use super::who::{Mention, mentions};

/// So many bytes may stand between who does it and the word for it.
const NEAR_MAX: usize = 45;

impl Prose<'_, '_> {
    /// `Tom saw the last incident`, behind a sentence that tells of domestic abuse, or in it: of whoever stands before the word.
    pub(super) fn witness(&self, folded: &str, sentence: &str, slot: &Slot, named: &[Mention]) -> Option<Finding> {
        let at = Told::new(folded).first(self.lexicon.patterns("told_witness"))?;
        let mut members: Vec<usize> = Vec::new();
        let mut until = at;
        for mention in named.iter().rev().filter(|mention| mention.end <= at) {
            let between = folded.get(mention.end..until)?;
            let joins = between
                .split([' ', ','])
                .all(|word| matches!(word, "" | "and" | "both" | "all" | "who" | "has" | "have" | "was" | "were" | "also"));
            let [one] = mention.members.as_slice() else { break };
            if !joins {
                break;
            }
            members.push(*one);
            until = mention.start;
        }
        // `Tom and Ava were upstairs and heard it`: those the sentence names together, before anybody else.
        if members.is_empty() {
            let together = group_before(folded, named, at);
            let alone = distinct(named).len() == distinct(together).len();
            members.extend(Some(distinct(together)).filter(|_| alone).into_iter().flatten());
        }
        let none = says_none(folded, &["negations", "hypotheticals", "history"], self.lexicon, self.received_on);
        (!members.is_empty() && !none).then(|| Finding {
            theme: "domestic_abuse".to_owned(),
            members,
            clear: true,
            source: slot.source_quoting(self.document, sentence.to_owned(), 0.8),
            protection_plan: false,
        })
    }

    /// `Gary hit Dawn`: domestic abuse of both, the one who is harmed and the one who harms (the plan counts either, theme 5). `Dawn is
    /// afraid of Gary`: of Dawn alone, for nothing says that he did anything.
    pub(super) fn harm(&self, clause: &str, sentence: &str, slot: &Slot, named: &[Mention], found: &mut Vec<Finding>) {
        // One who does it and one it is done to; the one on whose line it stands need not be named.
        if named.len() + usize::from(self.of.is_some()) < 2 {
            return;
        }
        let theme = "domestic_abuse";
        let harmed = |list: &str, is_behind: bool| {
            self.lexicon.list(list).iter().find_map(|verb| {
                let at = find_phrase(clause, verb)?;
                let behind = at + verb.len();
                let near = named
                    .iter()
                    .rev()
                    .filter(|mention| mention.end <= at && !is_object(clause, mention))
                    .find(|mention| at - mention.end < NEAR_MAX)
                    .map(|one| one.members.clone());
                let doer = self
                    .stands_for(clause.get(..at)?.split(' ').rev().filter(|word| !word.is_empty()).take(2), named, sentence)
                    .or(near)
                    .or_else(|| self.of.filter(|_| is_behind && named.iter().all(|one| one.start >= at)).map(|of| vec![of]))?;
                let named_behind = named.iter().find(|mention| mention.start >= behind && mention.start - behind < 3);
                let done_to = named_behind.map(|one| one.members.clone()).or_else(|| {
                    let others: Vec<Mention> = named.iter().filter(|one| one.members != doer).cloned().collect();
                    self.stands_for(clause.get(behind..)?.split(' ').filter(|word| !word.is_empty()).take(1), &others, sentence)
                })?;
                let (whom, who) = if is_behind { (done_to, doer) } else { (doer, done_to) };
                let adults = [&whom, &who].iter().all(|members| members.len() == 1 && self.is_adult(members[0]));
                (adults && whom != who).then_some((whom, who))
            })
        };
        let pair =
            harmed("harms", true).or_else(|| harmed("fears", false)).or_else(|| self.between(clause, sentence, named, found));
        let Some((members, doer)) = pair else { return };
        let quote = slot.source_quoting(self.document, sentence.to_owned(), 0.85);
        // What the words alone showed of the one who did it is not what the sentence says; of anybody else (`Ruby has seen it`) it may be.
        let of_others = |known: &Finding| {
            !known.members.is_empty() && !known.members.iter().any(|one| members.contains(one) || doer.contains(one))
        };
        found.retain(|known| known.theme != theme || known.source.quote != quote.quote || of_others(known));
        let afraid = self.lexicon.mentions("harms", clause).is_none() && self.lexicon.mentions("fears_alone", clause).is_some();
        let members = if afraid { members } else { [members, doer].concat() };
        found.push(Finding { theme: theme.to_owned(), members, clear: true, source: quote, protection_plan: false });
    }

    /// `Kelly has an order against Dean`, `Tom punches his mum`: of the two whom a clause about it names one was taken, and it is between
    /// them, unless it was somebody of the past.
    fn between(&self, clause: &str, sentence: &str, named: &[Mention], found: &[Finding]) -> Option<(Vec<usize>, Vec<usize>)> {
        let [one, other] = distinct(named)[..] else { return None };
        let told = found.iter().rfind(|known| known.theme == "domestic_abuse" && known.source.quote.reveal() == sentence)?;
        let [taken] = told.members[..] else { return None };
        let another = if taken == one { other } else { one };
        let strangers = ["former_partners", "other_people", "fears_alone", "hypotheticals", "history"];
        let is_of_others = strangers.iter().any(|list| self.lexicon.mentions(list, clause).is_some());
        (told.clear && !is_of_others && self.is_adult(another) && (taken == one || taken == other))
            .then(|| (vec![taken], vec![another]))
    }

    /// The adult that a pronoun among `words` stands for: the only one of that gender in the clause, else in the sentence.
    fn stands_for<'w>(&self, mut words: impl Iterator<Item = &'w str>, named: &[Mention], sentence: &str) -> Option<Vec<usize>> {
        let male = words.find_map(|word| match word.trim_matches(|c: char| !c.is_alphanumeric()) {
            "she" | "her" | "she's" => Some(false),
            "he" | "him" | "he's" => Some(true),
            _ => None,
        })?;
        let fits = |one: &usize| {
            let gender = self.members[*one].gender.as_ref();
            self.is_adult(*one) && gender.is_some_and(|gender| gender.value.reveal().starts_with('m') == male)
        };
        [distinct(named), distinct(&mentions(sentence, self.members, self.lexicon))].into_iter().find_map(|people| {
            let fitting: Vec<usize> = people.into_iter().filter(fits).collect();
            (fitting.len() == 1).then_some(fitting)
        })
    }
}
