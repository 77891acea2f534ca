//! What a mail is for, in many people's words; and what a sentence does and does not say.

use focus_family::domain::nomination::{Intake, MailKind, Standing};

use super::reading::understood;

const NOMINATIONS: &[(&str, &str)] = &[
    (
        "Family in need of support",
        "We would like to nominate the Fearon family for Focus Family. Mum is Kelly Fearon (DOB 3/4/1988) and her son Liam was born 2 May 2014.",
    ),
    (
        "Referral",
        "Please accept this referral. Mum is Ruth Oakley, born 1/2/1990. Her daughter Isla, born 3 March 2015, attends Fell Infants.",
    ),
    (
        "Help",
        "My name is Dawn Holme and I would like to nominate my family. My son Max is 9. We live at 4 Mill Row, Egremont CA22 2XX.",
    ),
    (
        "Self referral",
        "Hello, I am Jo Parkin, born 7/8/1985. I want to come forward for Focus Family with my daughter Ellie (12).",
    ),
    (
        "New family",
        "Please consider this family for the programme: Sam Reed (dad, 12/5/1980) and his son Alfie Reed, born 4/4/2016.",
    ),
    ("Could you take this family", "I am making a referral for the Carter family. Mum is Joanne Carter (DOB 12/05/1986)."),
];

const UPDATES: &[(&str, &str)] = &[
    ("RE: FF-2026-0263", "Attendance is 91% this half term."),
    ("TAF minutes", "Please find the minutes of Tuesday's meeting. Next TAF on 4 December."),
    ("Update on the family in Millom", "Just to let you know they have moved to Whitehaven."),
    ("FF-2026-1044 apologies", "I cannot make the review on Friday."),
    ("Signed consent attached", "As requested, the signed consent is attached for FF-2026-0871."),
    ("Further to our call", "Further to our call, dad has started his job at the quarry."),
    ("Change of keyworker", "To let you know that from Monday I will be the keyworker for FF-2026-0263 instead of Pam."),
    ("Outstanding information", "Here is the outstanding information you asked for, the date of birth is 3/4/2012."),
    ("Progress report", "Progress report for the autumn term: both boys are in school every day."),
    ("Closing summary", "The work with the family ended on Friday, closing summary below."),
];

const ADVICE: &[(&str, &str)] = &[
    ("Question", "Would a family with debts meet your criteria?"),
    ("Advice please", "I have a family in mind but am not sure whether they qualify. Could somebody ring me?"),
    ("How do I nominate?", "How do I nominate a family, and is there a form?"),
    ("EHA", "We are unsure how to start an Early Help Assessment. Can someone call me back?"),
    ("Quick question", "Do they have to have a child under 18?"),
    ("Form", "Please could you send me the form for nominations?"),
    ("Thinking of nominating", "I am thinking of nominating a family, could we talk it through first?"),
    ("Criteria", "What are the criteria for Focus Family?"),
    ("Consent", "Do we need the family's consent before we nominate?"),
    ("Advice", "Can you tell me if a family with one child at nursery is eligible?"),
    ("Who is our Area Officer?", "Who is the Area Officer for Eden, and could they give me a ring about a family?"),
];

const FOI: &[(&str, &str)] = &[
    ("FOI request", "How many families were nominated in 2025?"),
    ("Freedom of Information Act 2000", "Please supply the number of families helped each year."),
    ("Information request", "Under the Freedom of Information Act I request the total cost of the programme."),
    ("Request under FOIA", "Please tell me what you spent on keyworkers."),
    ("Request for information", "I am writing under the FOI Act to ask how many staff work in the team."),
    ("EIR / FOI", "This is a request under the Environmental Information Regulations 2004 and FOIA."),
    ("Open letter", "I make this request under the Freedom of Information Act 2000: a copy of your privacy impact assessment."),
    ("Journalist enquiry", "Could you treat this as a freedom of information request? How many cases closed without an outcome?"),
];

const SUBJECT_ACCESS: &[(&str, &str)] = &[
    ("Subject access request", "Please send me everything you hold about me."),
    ("My file", "I would like a copy of my file, please."),
    ("Data protection", "I am asking for all the personal data you hold on me and my children under the GDPR."),
    ("DSAR", "Please treat this as a DSAR."),
    ("Right of access", "I want to use my right of access under article 15."),
    ("Records", "I would like to see the records you hold about me from 2019."),
    ("What do you know about us", "Please can I have copies of all information held about my family?"),
    ("Access to records", "I request access to my records under the Data Protection Act 2018."),
    ("Request", "As a data subject I ask for a copy of my personal data."),
];

const DANGER: &[(&str, &str)] = &[
    ("URGENT", "A child has just told me her dad has a knife and she is scared to go home tonight."),
    ("Concern", "Mum rang to say she has taken an overdose and the children are with her."),
    ("Please read now", "He threatened to kill her this morning and knows where she is staying."),
    ("Missing", "Ellie, 13, has gone missing and nobody has seen her since last night."),
    ("Worried", "The baby has bruises on both arms and is not yet crawling."),
    ("Help", "My partner is hitting the children and I am locked in the bathroom."),
    ("Safeguarding", "A pupil disclosed today that her uncle touched her sexually."),
    ("Today", "He says he is suicidal and is standing on the bridge."),
    ("Children alone", "Three small children have been left alone in the house since yesterday."),
];

const AUTOMATIC: &[(&str, &str)] = &[
    ("Automatic reply: Nomination", "I am out of the office until 24 November."),
    ("Out of Office: FF-2026-0263", "I am on annual leave."),
    ("Auto: your message", "Thank you for your email. I am away until Monday and will not be checking my emails."),
    (
        "Re: Nomination",
        "Thank you for your email. I am currently out of the office with no access to email and will return on 1 December.",
    ),
    ("Auto-Reply: TAF", "I am on maternity leave. Please contact the duty desk."),
    ("Autoreply", "This mailbox is checked once a day."),
    ("Read: Nomination received", "Your message was read on Monday."),
    ("Accepted: TAF meeting", ""),
    ("Thank you for contacting us", "This is an automated response. Please do not reply to this email."),
];

const BOUNCES: &[(&str, &str)] = &[
    ("Undeliverable: Your nomination", "Your message to jo@agency.example.org could not be delivered."),
    ("Delivery Status Notification (Failure)", "The following address had permanent fatal errors."),
    ("Mail delivery failed: returning message to sender", "This message was created automatically by mail delivery software."),
    ("Returned mail: see transcript for details", "The original message was received at noon."),
    ("failure notice", "Hi. This is the mail program. I was not able to deliver your message."),
    ("Undelivered Mail Returned to Sender", "I am sorry to have to inform you that your message could not be delivered."),
    ("Delivery delayed: Nomination", "Your message has not been delivered yet. It will be tried again."),
];

const OTHER: &[(&str, &str)] = &[
    ("Lunch", "Shall we meet at noon on Thursday?"),
    ("Training dates", "Our safeguarding training runs on 3 and 4 December; book by Friday."),
    ("Invoice 4471", "Please find our invoice attached."),
    ("Thank you", "Thank you for coming to our assembly, the children loved it."),
    ("Newsletter", "In this month's edition: domestic abuse awareness week, and a new food bank in Workington."),
    ("Office move", "Our team moves to Parkhouse on 1 December. Telephone numbers stay as they are."),
    ("Vacancy", "We are recruiting a family support worker; closing date 12 December."),
];

fn kinds() -> Vec<(MailKind, &'static [(&'static str, &'static str)])> {
    vec![
        (MailKind::Nomination, NOMINATIONS),
        (MailKind::Update, UPDATES),
        (MailKind::AdviceRequest, ADVICE),
        (MailKind::FoiRequest, FOI),
        (MailKind::SubjectAccessRequest, SUBJECT_ACCESS),
        (MailKind::SafeguardingAlert, DANGER),
        (MailKind::AutoReply, AUTOMATIC),
        (MailKind::Bounce, BOUNCES),
        (MailKind::Other, OTHER),
    ]
}

/// Header, subject, text.
const PEOPLE_LIKE_MACHINES: &[(&str, &str, &str, MailKind)] = &[
    ("", "Absence: Billy Tarn (nomination)", TARN, MailKind::Nomination),
    ("", "Away from the office today but need to nominate a family", TARN, MailKind::Nomination),
    ("", "Undelivered mail: nomination form attached again", TARN, MailKind::Nomination),
    ("", "Family for Focus Family", TARN_AND_LAW, MailKind::Nomination),
    ("Auto-Submitted: auto-generated\r\n", "New referral from the online form", TARN, MailKind::Nomination),
    ("List-Id: <heads.westbeck.example.org>\r\n", "[heads] Tarn family", TARN, MailKind::Nomination),
    (
        "Auto-Submitted: auto-generated\r\n",
        "Subject access request - online form",
        "I make a subject access request for all data you hold about me.",
        MailKind::SubjectAccessRequest,
    ),
    ("", "Cancelled: consent", "Mum cancelled her consent. Please stop.", MailKind::Other),
    (
        "",
        "Re: Tarn",
        "They now live at 8 Low Row.\r\n\r\nThis email may be disclosed under the Freedom of\r\nInformation Act 2000.",
        MailKind::Other,
    ),
    ("Precedence: bulk\r\n", "Una Marr has sent you a secure message", "Click to read: Egress Secure Email", MailKind::Other),
    ("Auto-Submitted: auto-replied\r\n", "Re: Nomination", "I am back on Monday.", MailKind::AutoReply),
    ("X-Auto-Response-Suppress: All\r\n", "Automatic reply: Nomination", "Back on Monday.", MailKind::AutoReply),
];
const TARN: &str = "I would like to nominate the Tarn family at 3 Low Row, CA28 7XX. Mum is out of work, son Billy (12) is not attending school.";
const TARN_AND_LAW: &str = "I would like to nominate the Tarn family at 3 Low Row, CA28 7XX.\r\n\r\nUna Marr\r\nWestbeck School\r\n\r\n\
    Information in this message may be subject to public disclosure under the NHS Code of Openness or the Freedom of Information Act 2000.";

#[test]
fn what_only_looks_like_a_machine_is_judged_by_its_words() {
    let mut wrong = Vec::new();
    for (head, subject, text, kind) in PEOPLE_LIKE_MACHINES {
        let raw = format!(
            "From: Una Marr <una.marr@westbeck.example.org>\r\nTo: focusfamily@council.example.org\r\nSubject: {subject}\r\n{head}\r\n{text}\r\n"
        );
        let intake = super::reading::understood_mail(raw.as_bytes());
        if intake.kind != *kind || intake.circular {
            wrong.push(format!("{kind:?} taken for {:?}: {head}{subject}", intake.kind));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_a_mail_is_for_is_told_in_many_wordings() {
    let mut wrong = Vec::new();
    for (kind, mails) in kinds() {
        for (subject, text) in mails {
            let intake = understood(subject, "plain", text);
            if intake.kind != kind {
                wrong.push(format!("{kind:?} taken for {:?}: {subject}: {text}", intake.kind));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

const FAMILY: &str = "About you\nName: Ann Bell\nRole: Teacher\nOrganisation: Fell School\n\nFamily members\nName: Dawn Holme\nDOB: 3/2/1985\n\
    Relationship: Mother\nName: Ruby Holme\nDOB: 1/5/2012\nRelationship: Daughter\nName: Max Holme\nDOB: 1/5/2015\nRelationship: Son\n\nReason for nomination\n";

/// `Dawn health stated`, one a theme shown.
#[test]
fn words_of_danger_are_seen_wherever_in_a_letter_they_stand() {
    let family = "Family name: Quill\nPostcode: CA28 1AA\nConsent: yes\n";
    let told = [
        "Child: Ty Quill, DOB 01/02/2014, wants to kill himself tonight",
        "Adult: Bea Quill, born 01/02/1985, he has threatened to kill her tonight",
        "Address: 6 Dock Lane. He has threatened to kill her tonight",
        "School: Hill Infants. He has threatened to kill her tonight",
        "Consent: verbal. He has threatened to kill her tonight",
        "Criteria: crime. He has threatened to kill her tonight",
        "What are the criteria? He has threatened to kill her.",
        "Her stepfather hits the baby when he drinks.",
    ];
    for line in told {
        for text in [format!("{family}{line}\n"), format!("Hello,\n\n{line}\n")] {
            assert!(!understood("Nomination", "plain", &text).danger.is_empty(), "{text}");
        }
    }
    let untold = [
        "In 2009, when they lived in Carlisle, he threatened to kill her. That is over.",
        "Is someone in danger now? Phone 999. Do not wait for an email.",
        "Criteria: crime, education",
        "Child: Ty Quill, DOB 01/02/2014, kills time on his telephone",
    ];
    for line in untold {
        let danger = understood("Nomination", "plain", &format!("{family}{line}\n")).danger;
        assert!(danger.is_empty(), "{line}: {danger:?}");
    }
}

fn shown(intake: &Intake) -> Vec<String> {
    let nomination = intake.nomination.as_ref().unwrap();
    let mut found = Vec::new();
    for member in &nomination.members {
        let name = member.given_name.as_ref().map(|name| name.value.reveal().clone()).unwrap_or_default();
        for theme in &member.themes {
            let standing = match theme.standing {
                Standing::Possible => "possible",
                Standing::Documented => "documented",
                Standing::Stated => "stated",
                Standing::Ticked => "ticked",
            };
            found.push(format!("{name} {} {standing}", theme.theme));
        }
    }
    found
}

#[test]
fn a_sentence_that_denies_supposes_remembers_or_speaks_of_others_is_no_finding() {
    let mut wrong = Vec::new();
    for sentence in [
        "There are no concerns about domestic abuse.",
        "Dawn has never been in trouble with the police.",
        "Ruby does not use drugs or alcohol.",
        "We are not worried about Max's attendance, which is 98%.",
        "If Ruby were excluded, Dawn could lose her job.",
        "The school hopes to avoid a permanent exclusion for Max.",
        "Dawn had depression as a teenager and recovered.",
        "Historically Dawn was a victim of domestic abuse, which ended in 2011.",
        "The neighbours have rent arrears and were sent an eviction notice.",
        "Ruby's friend Kayleigh was arrested for shoplifting.",
        "Dawn's brother is in prison.",
        "Another pupil in Max's class has been excluded.",
        "Max was referred for an ADHD assessment but this was ruled out.",
        "Dawn denies any substance misuse.",
        "Ruby is not known to the youth offending team.",
        "There is no evidence of anti-social behaviour by Ruby or Max.",
        "Please describe any domestic abuse, debt or health problems here.",
        "It is possible that Dawn may be in debt.",
        "We have ruled out neglect of Max.",
        "Dawn works in a prison as a chef.",
        "Dawn is a mental health nurse.",
        "Ruby volunteers at the food bank.",
        "Max is doing a school project about crime.",
    ] {
        let intake = understood("Focus Family nomination", "plain", &format!("{FAMILY}{sentence}\n"));
        let sure: Vec<String> = shown(&intake).into_iter().filter(|found| !found.ends_with("possible")).collect();
        if !sure.is_empty() {
            wrong.push(format!("{sentence} → {}", sure.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_sentence_that_says_it_of_one_person_is_a_finding_of_that_person() {
    let mut wrong = Vec::new();
    for (sentence, expected) in [
        ("Dawn has depression and is waiting for counselling.", "Dawn health stated"),
        ("Ruby's attendance is 71% this term.", "Ruby education stated"),
        ("Max has been excluded twice since September.", "Max education stated"),
        ("Dawn is out of work and in rent arrears.", "Dawn work_finance stated"),
        ("Ruby was arrested for shoplifting last month.", "Ruby crime_asb stated"),
        ("Dawn is a victim of domestic abuse by her ex-partner.", "Dawn domestic_abuse stated"),
        ("Max is a young carer for his mum.", "Max child_help stated"),
        ("Ruby self-harms and is open to CAMHS.", "Ruby health stated"),
        ("Max is on a child in need plan.", "Max child_help stated"),
    ] {
        let intake = understood("Focus Family nomination", "plain", &format!("{FAMILY}{sentence}\n"));
        if !shown(&intake).contains(&expected.to_owned()) {
            wrong.push(format!("{sentence} → {}", shown(&intake).join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn two_families_in_one_mail_are_never_made_one() {
    let text = "Two nominations from us.\n\nFamily 1\nName: Dawn Holme\nDOB: 3/2/1985\nRelationship: Mother\nThemes: health; domestic abuse\nFamily address: 4 Mill Row, Egremont CA22 2XX\n\n\
                Family 2\nName: Sam Reed\nDOB: 3/2/1980\nRelationship: Father\nThemes: crime; debt\nFamily address: 9 Kiln Close, Maryport CA15 6XX\n";
    let intake = understood("Two nominations", "plain", text);
    let nomination = intake.nomination.as_ref().unwrap();
    assert_eq!(nomination.members.len(), 1);
    assert_eq!(nomination.address.postcode.as_ref().unwrap().value.reveal(), "CA22 2XX");
    assert!(intake.doubts.iter().any(|doubt| doubt.contains("more than one family")), "{:?}", intake.doubts);
}

#[test]
fn an_invitation_to_the_meeting_is_no_nomination_and_a_father_who_asks_for_his_own_family_nominates() {
    let invitation = "Dear partner,\n\nYou are invited to the Eden area allocations meeting on Thursday 26 November, 1.30pm, Penrith Library.\n\
                      If you wish to bring a family you need to have sent the nomination form with consent by noon on Friday.\n\nBest wishes\nMarjorie\n";
    let own = "Dear Sir or Madam\n\nI am Wesley Quill, born 30 October 1980, and I live with my wife and two sons at 24 Mill Rise, Carlisle.\n\n\
               Freddie Quill is my eldest son, he is 15. Stan Quill, my other son, is 9. My wife is Carla Quill, date of birth 12/4/1985. She has \
               bipolar and it has not been well controlled this year. I would like us to be put forward.\n\nYours\nWesley\n";
    assert_eq!(understood("Invitation: Eden area allocations meeting", "plain", invitation).kind, MailKind::Other);
    let intake = understood("Help", "plain", own);
    assert_eq!(intake.kind, MailKind::Nomination);
    let named: Vec<String> = intake.nomination.iter().flat_map(|told| &told.members).map(super::reading::member_line).collect();
    let short: Vec<String> = named.iter().map(|line| line.split('|').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(short, ["Wesley Quill", "Freddie Quill", "Stan Quill", "Carla Quill"], "{named:?}");
    assert!(shown(&intake).contains(&"Carla health stated".to_owned()), "{named:?}");
}

#[test]
fn who_is_only_told_of_is_no_member() {
    let form = "Focus Family nomination\n\nName of referrer: Ian Penny\nOrganisation: Fellside School\n\nI would like to nominate a family. They live at 30 Esk View, Longtown (CA6 5DD).\n\n\
                - Denise Quill (07.07.76), mother. Had a stroke in 2023.\n- Jake Quill (22.10.08), son. On a tag until the new year.\n\n";
    for (sentence, unwanted) in [
        ("Denise's brother Ian had an injunction in 2017 when he was staying there but he has long since gone.", "Ian"),
        ("Her eldest, Jordan, is 21 and lives in Leeds so he isn't part of this.", "Jordan"),
        ("Re: the Quill family, Orchard House, 7 Mill Lane, Longtown.", "Orchard"),
        ("Mother: Agrees. Signed on device, 13/11/2026", "Agrees"),
    ] {
        let intake = understood("Focus Family nomination", "plain", &format!("{form}{sentence}\n"));
        let named: Vec<String> =
            intake.nomination.iter().flat_map(|told| &told.members).map(super::reading::member_line).collect();
        let short: Vec<&str> = named.iter().filter_map(|line| line.split('|').next()).collect();
        assert_eq!(short, ["Denise", "Jake"], "{sentence} {unwanted}: {named:?}");
    }
}
