//! What `case draft` prints and records: answers by mail that wait for a person.

use crate::cli::Record;
use crate::cli::print::{self, line as say};
use crate::daemon::app::App;
use crate::daemon::cases::{Usage, actor, record_look};
use crate::domain::case::{Command, Draft, DraftFate};
use crate::engine::Engine;
use crate::engine::outgoing::Pace;
use crate::store::CaseKey;

/// Shows the drafts of a case, or confirms or drops one.
///
/// # Errors
/// Wrong usage; what the engine refuses; the store's; the terminal's.
pub async fn run(app: &App, asked: &Record) -> anyhow::Result<()> {
    let stored = app.engine.case(&asked.reference).await?;
    let Some(chosen) = &asked.chosen else {
        // What somebody wrote about a family is shown, and the look is recorded.
        record_look(app, &stored).await?;
        return show(&app.engine.seen_by(&stored.case), &stored.case.drafts, asked.output.json);
    };
    let fate = match chosen.as_str() {
        "confirm" => DraftFate::Confirm,
        "drop" => DraftFate::Drop,
        _ => {
            return Err(
                Usage("a draft is confirmed or dropped: `case draft REF confirm` or `case draft REF drop`".to_owned()).into()
            );
        }
    };
    let (named, answers): (Vec<_>, Vec<_>) = asked.answers.iter().partition(|(ask, _)| ask.as_str() == "draft");
    let draft = named.first().map(|(_, key)| key.as_text().to_owned());
    // The role is one that the move of the draft allows.
    let mut as_move = asked.clone();
    let waits = stored.case.drafts.iter().find(|have| draft.as_ref().is_none_or(|key| have.key == *key));
    as_move.chosen = waits.map(|have| have.records.clone());
    let command = Command::SettleDraft {
        draft,
        fate,
        by: actor(app, &stored, &as_move)?,
        answers: answers.iter().map(|(ask, text)| (ask.clone(), text.as_text().to_owned())).collect(),
        reason: asked.because.as_ref().map(|words| words.as_text().to_owned()),
    };
    let done = app.engine.perform(&CaseKey::Id(stored.id), &command, Pace::Usual).await?;
    if asked.output.json {
        return Ok(print::json(
            &serde_json::json!({"reference": done.case.reference, "stage": done.case.stage, "letters": done.letters}),
        )?);
    }
    Ok(say(if fate == DraftFate::Confirm { "confirmed and recorded" } else { "dropped" })?)
}

fn show(engine: &Engine, drafts: &[Draft], json: bool) -> anyhow::Result<()> {
    if json {
        return Ok(print::json(&drafts)?);
    }
    if drafts.is_empty() {
        return Ok(say("No answer by mail waits.")?);
    }
    for draft in drafts {
        let lifecycle = &engine.programme.lifecycle;
        let definition = lifecycle.find_move(&draft.records);
        let title = definition.map_or(draft.records.as_str(), |known| known.title.as_str());
        say(&format!("{}  {title}, by mail of {}", draft.key, print::day(draft.on)))?;
        for (ask, text) in &draft.answers {
            let asked = definition.and_then(|known| known.asks.iter().find(|known| known.name == *ask));
            say(&format!(
                "    {}: {}",
                asked.map_or(ask.as_str(), |ask| ask.title.as_str()),
                text.reveal().replace('\n', " / ")
            ))?;
        }
        let missing = definition
            .into_iter()
            .flat_map(|known| &known.asks)
            .filter(|ask| ask.required && !draft.answers.contains_key(&ask.name));
        for ask in missing {
            say(&format!("    still to be said: --{} ({})", ask.name.as_str().replace('_', "-"), ask.title))?;
        }
        let lines = definition_lines(lifecycle, draft);
        for (number, written) in &draft.written {
            let title = usize::try_from(*number).ok().and_then(|at| lines.get(at.checked_sub(1)?)).copied().unwrap_or_default();
            say(&format!("    as written, line {number} ({title}): {}", written.reveal().replace('\n', " / ")))?;
        }
        for number in &draft.unclear {
            say(&format!("    line {number} has words that are not plain: read the mail"))?;
        }
    }
    Ok(say("`case draft REF confirm --by ADDRESS`, or `drop --because WORDS`; put an answer right with --QUESTION ANSWER.")?)
}

/// Titles of the lines that a draft answers, as the letter has them.
fn definition_lines<'a>(lifecycle: &'a crate::domain::workflow::Lifecycle, draft: &crate::domain::case::Draft) -> Vec<&'a str> {
    let answer = lifecycle.letter(&draft.letter).and_then(|letter| letter.answer.as_ref());
    answer.map(|answer| answer.lines.iter().map(|line| line.title.as_str()).collect()).unwrap_or_default()
}
