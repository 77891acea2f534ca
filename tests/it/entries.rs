//! Members told on one line each: `Child: Robin Airey, 12/05/2011, attendance 71%`; in a list, in a sentence, one to a paragraph.

use super::reading::{member_line, understood};

/// The text, and the members as `given|family|born|expected|gender|relationship|school|age|themes|denied`.
const TOLD: &[(&str, &[&str])] = &[
    (
        "Adult: Tamsin Airey, date of birth 3/4/1985, out of work\nChild: Robin Airey, 12/05/2011, attendance 71%",
        &["Tamsin|Airey|1985-04-03|-|-|-|-|adult|work_finance stated|", "Robin|Airey|2011-05-12|-|-|-|-|child|education stated|"],
    ),
    (
        "Mother: Tamsin Airey, 3/4/1985; out of work, depression\nSon: Robin Airey (15) - attendance 71%\nDaughter (9): Wren Airey, Hill Infants",
        &[
            "Tamsin|Airey|1985-04-03|-|female|Mother|-|adult|work_finance stated, health stated|",
            "Robin|Airey|-|-|male|Son|-|child|education stated|",
            "Wren|Airey|-|-|female|Daughter|Hill Infants|child||",
        ],
    ),
    (
        "Family members\n1. Tamsin Airey (DOB 03.04.1985) – mum – rent arrears\n2. Robin Airey (DOB 12.05.2011) – Hill Academy – excluded twice this term",
        &[
            "Tamsin|Airey|1985-04-03|-|female|Mum|-|adult|work_finance stated|",
            "Robin|Airey|2011-05-12|-|-|-|Hill Academy|child|education stated|",
        ],
    ),
    (
        "Mother: Tamsin Airey, born 3 April 1985\nChildren: Robin (14), Ash (9) and Wren (2)",
        &[
            "Tamsin|Airey|1985-04-03|-|female|Mother|-|adult||",
            "Robin|-|-|-|-|-|-|child||",
            "Ash|-|-|-|-|-|-|child||",
            "Wren|-|-|-|-|-|-|child||",
        ],
    ),
    (
        "Household: mum Tamsin Airey 41, out of work; dad Joe Airey, 3/5/1980; Robin Airey 14 at Hill Academy, attendance 71%",
        &[
            "Tamsin|Airey|-|-|female|Mum|-|adult|work_finance stated|",
            "Joe|Airey|1980-05-03|-|male|Dad|-|adult||",
            "Robin|Airey|-|-|-|-|Hill Academy|child|education stated|",
        ],
    ),
    (
        "The family\n- Tamsin Airey, mother, 03/04/1985. Out of work since May and drinks heavily.\n- Robin Airey, son, 12/05/2011, Hill Academy. Has been excluded; no police involvement.",
        &[
            "Tamsin|Airey|1985-04-03|-|female|Mother|-|adult|health stated, work_finance stated|",
            "Robin|Airey|2011-05-12|-|male|Son|Hill Academy|child|education stated|",
        ],
    ),
    (
        "Tamsin Airey (mother, DOB 3/4/1985)\nTamsin is out of work and has depression.\n\nRobin Airey (son, DOB 12/5/2011)\nRobin has been excluded twice.",
        &[
            "Tamsin|Airey|1985-04-03|-|female|Mother|-|adult|health stated, work_finance stated|",
            "Robin|Airey|2011-05-12|-|male|Son|-|child|education stated|",
        ],
    ),
    (
        "Mum: Airey, Tamsin, 3/4/1985, no domestic abuse, crime or debt\nChild: Robin Airey, 12/05/11, male, no police involvement, attendance 71%\nUnborn: due 3 March 2027",
        &[
            "Tamsin|Airey|1985-04-03|-|female|Mum|-|adult||",
            "Robin|Airey|2011-05-12|-|male|-|-|child|education stated|",
            "-|-|-|2027-03-03|-|Unborn|-|child||",
        ],
    ),
    (
        "Adult 1: Tamsin Airey; DOB: 3/4/1985; concerns: out of work\nChild 1: Robin Airey; DOB: 12/5/2011; School: Hill Academy; concerns: attendance 71%",
        &[
            "Tamsin|Airey|1985-04-03|-|-|-|-|adult|work_finance ticked|",
            "Robin|Airey|2011-05-12|-|-|-|Hill Academy|child|education ticked|",
        ],
    ),
    (
        "Tamsin Airey, born 3 April 1985, lives with her son Robin Airey (14), who has been excluded, and her daughter Wren, aged 2.",
        &[
            "Tamsin|Airey|1985-04-03|-|-|-|-|adult||",
            "Robin|Airey|-|-|male|Son|-|child|education stated|",
            "Wren|-|-|-|female|Daughter|-|child||",
        ],
    ),
];

#[test]
fn a_line_that_begins_with_a_person_tells_of_that_person_and_of_nobody_else() {
    let mut wrong = Vec::new();
    for (text, expected) in TOLD {
        let plain = format!("Please accept this nomination for Focus Family.\n\n{text}\n\nConsent: yes\n");
        let paragraphs = plain.lines().map(|line| format!("<p>{line}</p>")).collect::<String>();
        for (kind, body) in [("plain", plain.clone()), ("html", format!("<html><body>{paragraphs}</body></html>"))] {
            let intake = understood("Nomination", kind, &body);
            let read: Vec<String> =
                intake.nomination.iter().flat_map(|nomination| &nomination.members).map(member_line).collect();
            if read != *expected {
                wrong.push(format!(
                    "{kind}: {text}\n  wanted {}\n  read   {}",
                    expected.join("\n         "),
                    read.join("\n         ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n\n"));
}
