//! Scans and photos: what the pixels tell, what the reading program tells, and what that program cannot do.

use std::process::{Command, Stdio};
use std::time::Duration;

use focus_family::domain::document::scan::{Eyes, Picture, Seen, SeenWord};
use focus_family::domain::document::{self, Document, Format, Limits, Method, Problem};
use focus_family::reader::ocr::{self, Ocr, OcrLimits};
use focus_family::reader::{Reader, ReaderSettings};

use super::made::{mail, shape};
use super::sandbox::{PROGRAM, read};

const SCAN: &[u8] = include_bytes!("../../data/files/scan.png");

/// Time enough for a build without optimisation.
fn settings(ocr: Ocr) -> ReaderSettings {
    ReaderSettings {
        program: Some(PROGRAM.into()),
        time_limit: Duration::from_secs(120),
        processor_seconds: 100,
        ocr,
        ocr_limits: OcrLimits {
            time_limit: Duration::from_secs(120),
            mail_time_limit: Duration::from_secs(240),
            ..OcrLimits::default()
        },
        ..ReaderSettings::default()
    }
}

fn scanned(ocr: Ocr) -> Document {
    let raw = mail("x", &[("scan.png", "image/png", SCAN)]);
    read(&Reader::new(settings(ocr)), &raw).expect("it is read").documents.remove(0)
}

#[test]
fn a_scan_is_read_with_its_tables_and_ticks_where_the_program_for_it_is_installed() {
    let document = scanned(Ocr::OnPath);
    if ocr::program(&Ocr::OnPath).is_none() {
        assert_eq!(document.problem, Some(Problem::NeedsOcr), "nobody is there who could read it");
        return;
    }
    assert_eq!((document.problem, document.read_by), (None, Method::Ocr));
    let shape = shape(&document);
    for expected in [
        "|0:Name|1:Date of birth|2:School|",
        "|0:Robin Sample|1:14/03/2011|2:Harrowfell Academy|",
        "|0:Jamie Sample|1:02/11/2013|2:Wyndbeck School|",
        "|0:Not attending school|1:Yes <+>No <->|",
        "|0:Domestic abuse|1:Yes <->No <->|",
    ] {
        assert!(shape.contains(expected), "{expected} is not in\n{shape}");
    }
}

#[test]
fn a_scan_waits_for_a_person_where_nobody_reads_scans() {
    assert_eq!(scanned(Ocr::Off).problem, Some(Problem::NeedsOcr));
    assert_eq!(scanned(Ocr::Program("/nowhere/tesseract".into())).problem, Some(Problem::NeedsOcr));
}

#[test]
fn a_program_that_fails_is_named_and_the_mail_is_read_all_the_same() {
    let raw = mail("the body is used", &[("scan.png", "image/png", SCAN), ("after.txt", "text/plain", b"also used")]);
    let reading = read(&Reader::new(settings(Ocr::Program(PROGRAM.into()))), &raw).expect("it is read");
    assert_eq!(reading.documents[0].problem, Some(Problem::TimeLimit));
    assert_eq!((shape(&reading.body).as_str(), shape(&reading.documents[1]).as_str()), ("the body is used", "also used"));
}

#[test]
fn a_taken_over_reading_program_gets_out_by_no_door() {
    let output = Command::new(PROGRAM)
        .args(["ocr-worker", "10", "2147483648", "required", PROGRAM, "200", "rehearse-escape", "eng"])
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.lines().count() >= 9, "{said}");
    assert!(said.lines().all(|line| line.ends_with(": refused")), "{said}");
}

/// A white page with a frame of lines around two cells and a box in the right one.
fn drawn(askew: f64, ticked: bool) -> Vec<u8> {
    let (width, height) = (1_000_u32, 1_400_u32);
    let mut pixels = vec![255_u8; (width * height) as usize];
    let mut dot = |x: f64, y: f64| {
        for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let (x, y) = (x + dx, y + x * askew + dy);
            if x >= 0.0 && y >= 0.0 && x < f64::from(width) && y < f64::from(height) {
                pixels[y as usize * width as usize + x as usize] = 20;
            }
        }
    };
    let mut line = |from: (u32, u32), to: (u32, u32)| {
        let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1));
        for step in 0..=steps {
            let share = f64::from(step) / f64::from(steps.max(1));
            let between = |a: u32, b: u32| f64::from(a) + (f64::from(b) - f64::from(a)) * share;
            dot(between(from.0, to.0), between(from.1, to.1));
        }
    };
    for y in [200, 260, 320] {
        line((100, y), (900, y));
    }
    for x in [100, 500, 900] {
        line((x, 200), (x, 320));
    }
    for (from, to) in [((600, 220), (618, 220)), ((600, 238), (618, 238)), ((600, 220), (600, 238)), ((618, 220), (618, 238))] {
        line(from, to);
    }
    if ticked {
        line((602, 230), (607, 236));
        line((607, 236), (617, 222));
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::GrayImage::from_raw(width, height, pixels)
        .expect("as many pixels as it says")
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("memory takes it");
    bytes.into_inner()
}

fn read_here(bytes: &[u8], eyes: Eyes<'_>) -> Document {
    document::read_with("page.png", "image/png", bytes, &Limits::default(), eyes)
}

fn word(text: &str, left: f64, top: f64, confidence: f32) -> SeenWord {
    let wide = 10.0 * f64::from(u32::try_from(text.len()).expect("a short word"));
    SeenWord { text: text.to_owned(), left, top, right: left + wide, bottom: top + 16.0, line: top as u32, confidence }
}

#[test]
fn boxes_and_lines_are_found_in_pixels_also_when_the_page_lies_askew() {
    for (askew, ticked, expected) in [(0.0, true, "<+>"), (0.0, false, "<->"), (0.02, true, "<+>"), (-0.02, false, "<->")] {
        let mut shown = Vec::new();
        let mut eyes = |picture: &Picture| {
            shown.push(picture.pixels.iter().filter(|grey| **grey < 128).count());
            Seen::Words(vec![word("Education", 120.0, 222.0, 0.95), word("attending", 120.0, 282.0, 0.95)])
        };
        let document = read_here(&drawn(askew, ticked), &mut eyes);
        assert_eq!(document.format, Format::Image);
        let shape = shape(&document);
        assert!(shape.contains(&format!("|0:Education|1:{expected}|")), "askew {askew}, ticked {ticked}:\n{shape}");
        assert!(shape.contains("|0:attending|1:|"), "{shape}");
        assert!(shown[0] < 60, "lines and boxes are taken out before the words are read: {} dark pixels", shown[0]);
    }
}

#[test]
fn words_nobody_is_sure_of_are_no_words_and_a_person_is_told() {
    let mut eyes = |_: &Picture| {
        Seen::Words(vec![
            word("Education", 120.0, 222.0, 0.95),
            word("attending", 120.0, 282.0, 0.95),
            word("scrawl", 520.0, 282.0, 0.1),
        ])
    };
    let document = read_here(&drawn(0.0, false), &mut eyes);
    assert!(!shape(&document).contains("scrawl"));
    assert!(document.notes.iter().any(|note| note.contains("could not be read")), "{:?}", document.notes.len());
}

#[test]
fn pictures_made_to_hurt_are_refused() {
    let nobody: Eyes<'_> = &mut |_: &Picture| Seen::Nobody;
    let huge = {
        let mut png = SCAN.to_vec();
        png[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        png
    };
    assert!(matches!(read_here(&huge, nobody).problem, Some(Problem::TooLarge | Problem::Damaged)));
    assert_eq!(read_here(&SCAN[..SCAN.len() / 2], nobody).problem, Some(Problem::Damaged));
    let heic = read_here(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", nobody);
    assert_eq!(heic.problem, Some(Problem::Unsupported));
    assert!(heic.notes[0].contains("JPEG"), "it says how to send it");
}
