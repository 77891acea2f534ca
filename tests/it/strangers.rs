//! Mails laid out as nobody had before: a table pasted into plain text, the questions of a website without a colon, all themes on one line,
//! a family that asks for itself in its own words.

use focus_family::domain::nomination::{Intake, MailKind};

use super::reading::{member_line, understood};

/// `given|family|born|school|themes` of each member.
fn members(intake: &Intake) -> Vec<String> {
    let of = |line: String| {
        let parts: Vec<&str> = line.split('|').collect();
        [parts[0], parts[1], parts[2], parts[6], &parts[8].replace(" ticked", "").replace(" stated", "")].join("|")
    };
    let nomination = intake.nomination.iter().flat_map(|nomination| &nomination.members);
    nomination.map(|member| of(member_line(member))).collect()
}

#[test]
fn layouts_that_nobody_had_sent_before_are_read() {
    let wrong: Vec<String> = [
        (
            "cells set apart by tabs",
            "Name\tDOB\tRelationship\tConcerns\nAda Bell\t06.01.1992\tMother\tVictim of DV (ex partner), debts\n\
             Tom Bell\t13.09.2012\tSon\tASB, excluded from school\nEve Bell\t22.03.2020\tDaughter\tNone\n\n\
             Address\t19 Mill Row, Cockermouth CA13 9RH\nNominating officer\tPC Rob Penny, Neighbourhood Policing, 01632 960909\n",
            vec!["Ada|Bell|1992-01-06|-|domestic_abuse, work_finance", "Tom|Bell|2012-09-13|-|crime_asb, education", "Eve|Bell|2020-03-22|-|"],
        ),
        (
            "questions of a website, what to write in brackets behind them",
            "Your name\nIan Penny\n\nYour organisation\nFellside Secondary School\n\nWho are the adults in the household? (name, DOB)\n\
             Ada Bell 03/03/1986\nSam Bell 21/10/1984\n\nWho are the children? (name, DOB, school)\n\
             Tom Bell, 17/01/2012, Fellside Secondary\nEve Bell, 06/06/2016, Fellside Infants\n\n\
             Address and postcode\n8 Mill Brow, Kendal, LA9 5BT\n\nWhich of these apply? Tick all that apply\n\
             Education, Health, Child in need\n\nTell us more about Education\nTom has been suspended four times since January.\n\n\
             Tell us more about Health\nAda is under the mental health team for bipolar disorder.\n\n\
             Tell us more about Child in need\nEve is on a CIN plan.\n\nHas the family given consent?\nYes\n",
            vec![
                "Ada|Bell|1986-03-03|-|health",
                "Sam|Bell|1984-10-21|-|",
                "Tom|Bell|2012-01-17|Fellside Secondary|education",
                "Eve|Bell|2016-06-06|Fellside Infants|child_help",
            ],
        ),
        (
            "every theme on one line",
            "FAMILY NAME\nBell\nADDRESS\n14 Mill Lane, Barrow-in-Furness LA14 1QH\nPARENT / CARER 1\nAda Bell, 11 March 1983\n\
             CHILD 1\nTom Bell, 2 February 2010, Fellside Academy\nCHILD 2\nEve Bell, 15 August 2012, Fellside Academy\n\
             THEMES (who?)\nCrime: Tom. Education: Tom and Eve. Health: Ada. DA: none\n",
            vec![
                "Ada|Bell|1983-03-11|-|health",
                "Tom|Bell|2010-02-02|Fellside Academy|crime_asb, education",
                "Eve|Bell|2012-08-15|Fellside Academy|education",
            ],
        ),
    ]
    .into_iter()
    .filter_map(|(what, text, expected)| {
        let found = members(&understood("Focus Family nomination", "plain", text));
        (found != expected).then(|| format!("{what}\n  wanted {expected:#?}\n  read {found:#?}"))
    })
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_label_below_the_name_of_who_nominates_is_not_their_job() {
    let text = "Your name\nIan Penny\nYour organisation\nFellside School\nYour email address\ni.penny@fellside.example.org\n\
                Who are the children? (name, DOB)\nTom Bell 17/01/2012\nHas the family given consent?\nYes\n";
    let intake = understood("Focus Family nomination", "plain", text);
    let referrer = intake.nomination.map(|nomination| nomination.referrer).unwrap();
    assert!(referrer.role.is_none(), "{:?}", referrer.role.map(|role| role.value.reveal().clone()));
    assert_eq!(referrer.organisation.map(|said| said.value.reveal().clone()).as_deref(), Some("Fellside School"));
}

#[test]
fn a_family_that_asks_for_itself_nominates_in_whatever_words_and_a_professional_who_only_speaks_of_families_does_not() {
    let family = "Hello\n\nMy health visitor said to email you. I am Ada Bell, I'm 29 (born 2.3.97) and live with my partner Sam Kerr (34) \
                  and our three kids at 61 Mill Street, Maryport CA15 6LX. Tom is 9, Eve is 6 and baby Noah is 8 months.\n\n\
                  Sam lost his job in March and we are behind with the rent. I am happy for you to share what I've said with school.\n\nAda\n";
    let service = "Hello\n\nOur team runs sessions for children at 61 Mill Street, Maryport CA15 6LX. We work with families who live with debt \
                   and ill health. Would your members like to hear more?\n\nAda\n";
    assert_eq!(understood("Need help please", "plain", family).kind, MailKind::Nomination);
    assert_ne!(understood("Sessions for families", "plain", service).kind, MailKind::Nomination);
}
