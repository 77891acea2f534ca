//! A life-cycle for people: an SVG picture of its stages and ways, and an outline in words.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::lifecycle::{Lifecycle, Stage, StageKind};
use super::words::{condition_in_words, ladder_in_words};
use crate::domain::ids::StageName;

const BOX_WIDTH: usize = 260;
const BOX_HEIGHT: usize = 44;
const ROW_HEIGHT: usize = 76;
const LANE_WIDTH: usize = 16;
const MARGIN: usize = 20;

/// A picture of the stages, from top to bottom in file order. Ways to the next stage are arrows between the boxes; all other
/// ways to a stage share one lane at the side. Titles tell the moves. It carries no style of its own but lines and text in the current colour.
#[must_use]
pub fn svg(lifecycle: &Lifecycle, here: Option<&StageName>) -> String {
    let ways = Ways::of(lifecycle);
    let (left, right) = (ways.lanes(|from, to| to < from), ways.lanes(|from, to| to > from + 1));
    let box_left = MARGIN + (left.len() + 1) * LANE_WIDTH;
    let width = box_left + BOX_WIDTH + (right.len() + 1) * LANE_WIDTH + MARGIN;
    let height = 2 * MARGIN + lifecycle.stages.len() * ROW_HEIGHT;
    let mut body = String::new();
    for (lane, (to, sources)) in left.iter().enumerate() {
        draw_lane(&mut body, lifecycle, *to, sources, box_left, Lane::Left(box_left - (lane + 1) * LANE_WIDTH));
    }
    for (lane, (to, sources)) in right.iter().enumerate() {
        let edge = box_left + BOX_WIDTH;
        draw_lane(&mut body, lifecycle, *to, sources, edge, Lane::Right(edge + (lane + 1) * LANE_WIDTH));
    }
    for ((from, to), titles) in ways.0.iter().filter(|((from, to), _)| *to == from + 1) {
        let (x, y) = (box_left + BOX_WIDTH / 2, row_top(*from) + BOX_HEIGHT);
        line(&mut body, &format!("M{x} {y} V{}", row_top(*to)), &tip(lifecycle, *from, *to, titles));
    }
    for (at, stage) in lifecycle.stages.iter().enumerate() {
        draw_stage(&mut body, lifecycle, stage, box_left, row_top(at), here == Some(&stage.name));
    }
    let stand = here
        .and_then(|here| lifecycle.stage(here))
        .map(|stage| format!(" The case is in the stage {}.", stage.title))
        .unwrap_or_default();
    let description = format!("{} stages, from {}.{stand}", lifecycle.stages.len(), begin_titles(lifecycle));
    format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="lifecycle" role="img" aria-labelledby="lifecycle-title lifecycle-desc" "#,
            r#"viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif">"#,
            "\n<title id=\"lifecycle-title\">The life of a case</title>\n<desc id=\"lifecycle-desc\">{description}</desc>\n",
            r#"<defs><marker id="lifecycle-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">"#,
            r#"<path d="M0 0 L8 4 L0 8 Z" fill="currentColor"/></marker></defs>"#,
            "\n{body}</svg>\n"
        ),
        width = width,
        height = height,
        description = escaped(&description),
        body = body
    )
}

/// The ways between stages, by place in the file, each with the titles of what leads there.
struct Ways(BTreeMap<(usize, usize), Vec<String>>);

impl Ways {
    fn of(lifecycle: &Lifecycle) -> Self {
        let place = |name: &StageName| lifecycle.stages.iter().position(|stage| stage.name == *name);
        let open: Vec<&StageName> =
            lifecycle.stages.iter().filter(|stage| stage.kind == StageKind::Open).map(|stage| &stage.name).collect();
        let mut ways: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
        let mut add = |from: &StageName, to: &StageName, title: &str| {
            if let (Some(from), Some(to)) = (place(from), place(to))
                && from != to
            {
                ways.entry((from, to)).or_default().push(title.to_owned());
            }
        };
        for mv in &lifecycle.moves {
            let Some(to) = &mv.to else { continue };
            let from = if mv.from.is_empty() { open.clone() } else { mv.from.iter().collect() };
            from.into_iter().for_each(|from| add(from, to, &mv.title));
        }
        for step in &lifecycle.automatic {
            step.from.iter().for_each(|from| add(from, &step.to, &format!("by itself: {}", step.because)));
        }
        Self(ways)
    }

    /// Stages that ways of this kind lead to, each with where they come from.
    fn lanes(&self, chosen: impl Fn(usize, usize) -> bool) -> BTreeMap<usize, Vec<(usize, &[String])>> {
        let mut lanes: BTreeMap<usize, Vec<(usize, &[String])>> = BTreeMap::new();
        for ((from, to), titles) in self.0.iter().filter(|((from, to), _)| chosen(*from, *to)) {
            lanes.entry(*to).or_default().push((*from, titles));
        }
        lanes
    }
}

#[derive(Clone, Copy)]
enum Lane {
    Left(usize),
    Right(usize),
}

fn draw_lane(body: &mut String, lifecycle: &Lifecycle, to: usize, sources: &[(usize, &[String])], edge: usize, lane: Lane) {
    let (Lane::Left(x) | Lane::Right(x)) = lane;
    for (from, titles) in sources {
        // Ways leave a box below its middle and come in above it, so that one is told from the other.
        let (leave, enter) = (row_top(*from) + BOX_HEIGHT * 2 / 3, row_top(to) + BOX_HEIGHT / 3);
        line(body, &format!("M{edge} {leave} H{x} V{enter} H{edge}"), &tip(lifecycle, *from, to, titles));
    }
}

fn draw_stage(body: &mut String, lifecycle: &Lifecycle, stage: &Stage, x: usize, y: usize, here: bool) {
    let class = match (here, stage.kind) {
        (true, _) => "stage here",
        (false, StageKind::Open) => "stage",
        (false, StageKind::Final) => "stage final",
    };
    let stroke = if here { 4 } else { 1 };
    let round = if stage.kind == StageKind::Final { BOX_HEIGHT / 2 } else { 6 };
    let timers = lifecycle.timers.iter().filter(|timer| timer.stages.contains(&stage.name)).count();
    let owner = stage.owner.as_ref().and_then(|owner| lifecycle.role(owner)).map(|role| role.title.as_str());
    let below = match (here, owner) {
        (true, _) => "the case is here".to_owned(),
        (false, Some(owner)) => format!("{owner}, {timers} reminder{}", if timers == 1 { "" } else { "s" }),
        (false, None) => "the end".to_owned(),
    };
    let middle = x + BOX_WIDTH / 2;
    // Infallible: writing to a String.
    let _ = writeln!(
        body,
        concat!(
            r#"<g class="{class}"><title>{means}</title><rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{round}" fill="none" "#,
            r#"stroke="currentColor" stroke-width="{stroke}"/>"#,
            r#"<text x="{middle}" y="{first}" text-anchor="middle" font-size="14" fill="currentColor">{title}</text>"#,
            r#"<text x="{middle}" y="{second}" text-anchor="middle" font-size="11" fill="currentColor">{below}</text></g>"#
        ),
        class = class,
        means = escaped(&stage.means),
        x = x,
        y = y,
        w = BOX_WIDTH,
        h = BOX_HEIGHT,
        round = round,
        stroke = stroke,
        middle = middle,
        first = y + 19,
        second = y + 35,
        title = escaped(&stage.title),
        below = escaped(&below)
    );
}

fn line(body: &mut String, path: &str, tip: &str) {
    let _ = writeln!(
        body,
        r#"<path class="way" d="{path}" fill="none" stroke="currentColor" stroke-opacity="0.6" marker-end="url(#lifecycle-arrow)"><title>{}</title></path>"#,
        escaped(tip)
    );
}

fn tip(lifecycle: &Lifecycle, from: usize, to: usize, titles: &[String]) -> String {
    format!("{} → {}: {}", lifecycle.stages[from].title, lifecycle.stages[to].title, titles.join("; "))
}

fn row_top(at: usize) -> usize {
    MARGIN + at * ROW_HEIGHT
}

fn begin_titles(lifecycle: &Lifecycle) -> String {
    let titles = lifecycle.begins.iter().filter_map(|begin| lifecycle.stage(&begin.to)).map(|stage| stage.title.as_str());
    titles.collect::<Vec<_>>().join(" or ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The life-cycle in words: where cases begin, and for every stage who answers, what may be done and who is reminded when.
#[must_use]
pub fn outline(lifecycle: &Lifecycle) -> String {
    let mut text = format!("Life-cycle {}\n\nA new case begins in\n", lifecycle.version);
    let mut say = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    for begin in &lifecycle.begins {
        let when = begin
            .when
            .as_ref()
            .map_or_else(|| "otherwise".to_owned(), |when| format!("when {}", condition_in_words(when, lifecycle)));
        say(format!("  {} {when}", begin.to));
    }
    for stage in &lifecycle.stages {
        let owner = stage.owner.as_ref().and_then(|owner| lifecycle.role(owner)).map(|role| role.title.as_str());
        say(format!(
            "\n{} ({}), {}",
            stage.title,
            stage.name,
            owner.map_or_else(|| "the end".to_owned(), |owner| format!("owner: {owner}"))
        ));
        say(format!("  {}", stage.means));
        for mv in lifecycle.moves.iter().filter(|mv| mv.from.contains(&stage.name)) {
            let to = mv.to.as_ref().map(|to| format!(" → {to}")).unwrap_or_default();
            let guard =
                mv.guard.as_ref().map(|guard| format!(", when {}", condition_in_words(guard, lifecycle))).unwrap_or_default();
            say(format!("  move {}{to}: {}{guard}", mv.name, mv.title));
        }
        for step in lifecycle.automatic.iter().filter(|step| step.from.contains(&stage.name)) {
            let when =
                step.when.as_ref().map(|when| format!(", when {}", condition_in_words(when, lifecycle))).unwrap_or_default();
            say(format!("  by itself → {}: {}{when}", step.to, step.because));
        }
        for timer in lifecycle.timers.iter().filter(|timer| timer.stages.contains(&stage.name)) {
            let when =
                timer.when.as_ref().map(|when| format!("; while {}", condition_in_words(when, lifecycle))).unwrap_or_default();
            say(format!("  reminder {}: {}{when}", timer.title, ladder_in_words(timer, lifecycle)));
        }
    }
    say("\nMoves from every open stage".to_owned());
    for mv in lifecycle.moves.iter().filter(|mv| mv.from.is_empty()) {
        let to = mv.to.as_ref().map(|to| format!(" → {to}")).unwrap_or_default();
        say(format!("  {}{to}: {}", mv.name, mv.title));
    }
    text
}
