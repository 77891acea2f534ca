//! The first mails of the sample county, each of another kind: what a programme's mailbox gets in a week.

use super::county::{MAILBOX, Nomination, aged, days_before, frances_tolson, member, referrer, slashed};
use super::mails::{DOCX, PDF, Post, Proof};
use super::{forms, letters};
use crate::domain::time::Date;
use crate::forms::sheet::{DARK, Sheet};

/// The posts of `day`, in the order they arrive. [`Post::answers`] counts from 0.
pub(super) fn posts(day: Date) -> Vec<Post> {
    let mut posts = vec![school_form(day), health_word_form(day), police_lines(day), housing_html(day), own_nomination(day)];
    posts.extend([danger(day), no_address(day), late_assessment(day), second_agency(day), unproven(day), blank_form()]);
    posts.extend(unreadable());
    posts.extend(letters_of_other_kinds());
    posts
}

fn agencies(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(agency, contact)| ((*agency).to_owned(), (*contact).to_owned())).collect()
}

fn signed(name: &str, on: Date) -> Option<(String, String)> {
    Some((name.to_owned(), slashed(on)))
}

/// The family of the school's form and of the health visitor's later one.
fn dockray(day: Date) -> Nomination {
    Nomination {
        referrer: referrer([
            "Helen Stainton",
            "Designated Safeguarding Lead",
            "Oakrigg Primary School",
            "h.stainton@oakrigg-primary.example.org",
            "01632 960211",
        ]),
        address: "14 Hematite Terrace, Whitehaven".to_owned(),
        postcode: "CA28 7XX".to_owned(),
        members: vec![
            member("Dockray", ["Marie", "Mother", "F", ""], aged(day, 34, 3, 9), &["work_finance", "health"]),
            member("Dockray", ["Callum", "Son", "M", "Westbeck Academy"], aged(day, 14, 7, 21), &["education", "crime_asb"]),
            member(
                "Dockray",
                ["Freya", "Daughter", "F", "Oakrigg Primary School"],
                aged(day, 9, 11, 2),
                &["education", "child_help"],
            ),
        ],
        agencies: agencies(&[("Harbour Homes", "Gwen Park, 01632 960340"), ("School nurse", "Pam Hindmoor, 01632 960433")]),
        assessment: format!("Completed {}", slashed(days_before(day, 9))),
        plan: "None".to_owned(),
        reason: "Mornings have been hard since the summer. The family wants one plan and one person to ring.".to_owned(),
        consent: signed("Marie Dockray", days_before(day, 4)),
    }
}

fn school_form(day: Date) -> Post {
    let family = dockray(day);
    let completed = slashed(days_before(day, 9));
    let mut post = Post::new(
        "school-form",
        "a school sends the PDF form, filled in, with a completed Early Help Assessment",
        ("Helen Stainton", &family.referrer.email),
        "Focus Family nomination",
        "Hello,\n\nplease find the nomination and consent form attached, with the Early Help Assessment.\n\nHelen Stainton\nOakrigg Primary School\n",
    );
    post.attachments = vec![
        ("Nomination and consent form.pdf".to_owned(), PDF, crate::forms::bytes(forms::nomination_pdf(&family))),
        ("Early Help Assessment.docx".to_owned(), DOCX, forms::early_help_assessment(&family, &completed)),
    ];
    post
}

fn health_word_form(day: Date) -> Post {
    let family = Nomination {
        referrer: referrer([
            "Priya Nair",
            "Health Visitor",
            "Fellside Health",
            "priya.nair@fellside-health.example.org",
            "01632 960522",
        ]),
        address: "3 Slipway Court, Barrow-in-Furness".to_owned(),
        postcode: "LA14 2XX".to_owned(),
        members: vec![
            member("Ormandy", ["Kelly", "Mother", "F", ""], aged(day, 23, 5, 17), &["health", "domestic_abuse"]),
            member("Ormandy", ["Riley", "Son", "M", "Saltcoats Nursery"], aged(day, 3, 1, 30), &["child_help"]),
        ],
        agencies: agencies(&[("Children's centre", "Joan Airey, 01632 960611")]),
        assessment: "Started".to_owned(),
        plan: "None".to_owned(),
        reason: "Kelly asked for help with sleep and with money for the cot. She would like a visit at the centre.".to_owned(),
        consent: signed("Kelly Ormandy", days_before(day, 2)),
    };
    let mut post = Post::new(
        "health-word-form",
        "a health visitor sends the Word form; an assessment is only started",
        ("Priya Nair", &family.referrer.email),
        "Nomination form attached",
        "Please see attached. The assessment will follow when it is done.\n\nPriya Nair, Health Visitor\n",
    );
    post.attachments = vec![("nomination form.docx".to_owned(), DOCX, forms::nomination_docx(&family))];
    post
}

fn police_lines(day: Date) -> Post {
    let family = Nomination {
        referrer: referrer([
            "PC Gareth Lyth",
            "Neighbourhood Officer",
            "Constabulary",
            "gareth.lyth@constabulary.example.org",
            "01632 960704",
        ]),
        address: "27 Lapstone Road, Millom".to_owned(),
        postcode: "LA18 4XX".to_owned(),
        members: vec![
            member("Kewley", ["Sean", "Father", "Male", ""], aged(day, 41, 8, 12), &["crime_asb"]),
            member("Kewley", ["Niamh", "Daughter", "Female", "Westbeck Academy"], aged(day, 12, 2, 25), &["child_help"]),
        ],
        agencies: agencies(&[("Children's services", "Lynn Tyson, 01632 960812")]),
        assessment: "None".to_owned(),
        plan: format!("Niamh is on a child protection plan since {}", slashed(days_before(day, 60))),
        reason: "Neighbours complain about noise. Officers talk with the family each week and it is well received.".to_owned(),
        consent: signed("Sean Kewley", days_before(day, 1)),
    };
    Post::new(
        "police-lines",
        "an officer writes the nomination into the mail; a child is on a child protection plan",
        ("Gareth Lyth", &family.referrer.email),
        "Nomination of a family",
        &format!("Nomination for Focus Family.\n\n{}", letters::labelled(&family)),
    )
}

fn housing_html(day: Date) -> Post {
    let family = Nomination {
        referrer: referrer([
            "Gwen Park",
            "Tenancy Officer",
            "Harbour Homes",
            "gwen.park@harbour-homes.example.org",
            "01632 960340",
        ]),
        address: "2 Packhorse Road, Warwick Bridge".to_owned(),
        postcode: "CA4 8XX".to_owned(),
        members: vec![
            member("Teasdale", ["Ian", "Father", "Male", ""], aged(day, 38, 12, 5), &["work_finance", "health"]),
            member("Teasdale", ["Jude", "Son", "Male", "Oakrigg Primary School"], String::new(), &[]),
        ],
        agencies: Vec::new(),
        assessment: String::new(),
        plan: String::new(),
        reason: "Rent is four months behind and Ian has been signed off work.".to_owned(),
        consent: signed("Ian Teasdale", days_before(day, 3)),
    };
    let greeting = "Good morning, please take up this family.";
    let mut post = Post::new(
        "housing-table",
        "a landlord sends tables in the mail; the postcode lies in two districts and a date of birth is missing",
        ("Gwen Park", &family.referrer.email),
        "New referral",
        "This mail has tables: please read the HTML part.\n",
    );
    post.html = Some(letters::html(&family, greeting));
    post
}

fn own_nomination(day: Date) -> Post {
    let text = format!(
        "Hello,\n\nmy health visitor told me about Focus Family and we would like to come forward ourselves. I am Tess Bowness, born {}. \
         I live at 9 Kiln Close, Maryport, CA15 6XX with my son Harris Bowness, born {}. Harris has not been going to school regularly since June, \
         and I have been out of work and we are behind with the rent. I get very low and see the doctor about depression. Harris was also in \
         trouble with the police for damage at the harbour.\n\nYes, you may ask the school and the doctor about us, I agree to that.\n\nTess Bowness\n07700 900418\n",
        aged(day, 36, 4, 14),
        aged(day, 13, 9, 6)
    );
    Post::new(
        "own-nomination",
        "a family nominates itself in its own words",
        ("Tess Bowness", "tess.bowness@post.example.org"),
        "Could you help us please",
        &text,
    )
}

fn danger(day: Date) -> Post {
    let family = Nomination {
        referrer: referrer([
            "Rob Atkinson",
            "Head of Year",
            "Westbeck Academy",
            "r.atkinson@westbeck-academy.example.org",
            "01632 960255",
        ]),
        address: "51 Sandstone View, Penrith".to_owned(),
        postcode: "CA11 8XX".to_owned(),
        members: vec![
            member("Lowden", ["Stacey", "Mother", "F", ""], aged(day, 32, 6, 3), &["domestic_abuse", "work_finance"]),
            member(
                "Lowden",
                ["Keira", "Daughter", "F", "Westbeck Academy"],
                aged(day, 13, 10, 19),
                &["education", "domestic_abuse"],
            ),
        ],
        agencies: agencies(&[("Refuge outreach", "Sal Winder, 01632 960915")]),
        assessment: "Started".to_owned(),
        plan: "None".to_owned(),
        reason: "Keira says that last night her mother's ex-partner came to the house and threatened to kill her mother. \
                 She is afraid that he will come back tonight."
            .to_owned(),
        consent: None,
    };
    let mut post = Post::new(
        "danger",
        "a nomination that speaks of danger now; consent is not shown",
        ("Rob Atkinson", &family.referrer.email),
        "Urgent nomination",
        "Please see the form. I am worried about this family today.\n\nRob Atkinson\n",
    );
    post.attachments = vec![("nomination.pdf".to_owned(), PDF, crate::forms::bytes(forms::nomination_pdf(&family)))];
    post
}

fn no_address(day: Date) -> Post {
    let family = Nomination {
        referrer: frances_tolson(),
        address: "staying with friends".to_owned(),
        postcode: String::new(),
        members: vec![
            member("Birkett", ["Dawn", "Mother", "F", ""], aged(day, 29, 2, 8), &["work_finance", "health"]),
            member("Birkett", ["Logan", "Son", "M", "Oakrigg Primary School"], aged(day, 7, 5, 22), &["education"]),
        ],
        agencies: Vec::new(),
        assessment: String::new(),
        plan: String::new(),
        reason: "They moved out in a hurry and have no address of their own yet.".to_owned(),
        consent: None,
    };
    Post::new(
        "no-address",
        "a nomination without postcode, consent or assessment: a person must say which area it is",
        ("Frances Tolson", &family.referrer.email),
        "Nomination, more to follow",
        &letters::labelled(&family),
    )
}

fn late_assessment(day: Date) -> Post {
    let mut family = dockray(day);
    family.address = "3 Slipway Court, Barrow-in-Furness".to_owned();
    family.postcode = "LA14 2XX".to_owned();
    family.referrer.name = "Priya Nair".to_owned();
    family.members = vec![member("Ormandy", ["Riley", "Son", "M", "Saltcoats Nursery"], aged(day, 3, 1, 30), &[])];
    let mut post = Post::new(
        "assessment-follows",
        "the health visitor answers on the same thread with the finished assessment",
        ("Priya Nair", "priya.nair@fellside-health.example.org"),
        "Re: Nomination form attached",
        "Here is the Early Help Assessment for the family I nominated, now complete.\n\nPriya Nair\n\n> Please see attached. The assessment will follow when it is done.\n",
    );
    post.answers = Some(1);
    post.attachments =
        vec![("EHA completed.docx".to_owned(), DOCX, forms::early_help_assessment(&family, &slashed(days_before(day, 1))))];
    post
}

fn second_agency(day: Date) -> Post {
    let mut family = dockray(day);
    family.referrer =
        referrer(["Alison Crewe", "School Nurse", "Fellside Health", "alison.crewe@fellside-health.example.org", "01632 960530"]);
    family.members.truncate(2);
    family.assessment = "Started".to_owned();
    family.consent = None;
    let mut post = Post::new(
        "second-agency",
        "another agency nominates a family that a school has nominated already",
        ("Alison Crewe", &family.referrer.email),
        "Nomination",
        "Form attached.\n\nAlison Crewe\n",
    );
    post.attachments = vec![("Focus Family form.docx".to_owned(), DOCX, forms::nomination_docx(&family))];
    post
}

fn unproven(day: Date) -> Post {
    let mut family = dockray(day);
    family.address = "88 Bobbin Mill Lane, Kendal".to_owned();
    family.postcode = "LA9 5XX".to_owned();
    for person in &mut family.members {
        person.family = "Airey".to_owned();
    }
    family.consent = signed("Marie Airey", days_before(day, 6));
    let mut post = Post::new(
        "unproven-sender",
        "a nomination whose sender the border could not prove: it gets a receipt and nothing else",
        ("Helen Stainton", "h.stainton@oakrigg-primary.example.org"),
        "Nomination",
        &letters::labelled(&family),
    );
    post.proof = Proof::Failed;
    post
}

fn blank_form() -> Post {
    let nobody = Nomination {
        referrer: referrer([""; 5]),
        address: String::new(),
        postcode: String::new(),
        members: Vec::new(),
        agencies: Vec::new(),
        assessment: String::new(),
        plan: String::new(),
        reason: String::new(),
        consent: None,
    };
    let mut post = Post::new(
        "blank-form",
        "somebody sends the blank form back by mistake",
        ("Colin Rigg", "colin.rigg@westbeck-academy.example.org"),
        "Form",
        "As discussed.\n\nColin\n",
    );
    post.attachments = vec![("blank form.pdf".to_owned(), PDF, crate::forms::bytes(forms::nomination_pdf(&nobody)))];
    post
}

fn unreadable() -> Vec<Post> {
    let nobody = || {
        let mut sheet = Sheet::default();
        sheet.page();
        sheet.part("H1", |sheet| sheet.text(40.0, 780.0, 14.0, true, DARK, "Nomination form"));
        sheet.document("Nomination form")
    };
    let mut locked = Post::new(
        "locked-form",
        "a form under a password that is not in the mail",
        ("Colin Rigg", "colin.rigg@westbeck-academy.example.org"),
        "Nomination (password to follow)",
        "The form is locked. I will ring you with the password.\n\nColin Rigg\n",
    );
    locked.attachments = vec![("nomination (locked).pdf".to_owned(), PDF, forms::locked(nobody(), "sample"))];
    let mut damaged = Post::new(
        "damaged-form",
        "a form that arrives damaged",
        ("Joan Airey", "joan.airey@lakefoot-families.example.org"),
        "Nomination",
        "Nomination attached, from my phone.\n\nJoan Airey\n",
    );
    let mut bytes = crate::forms::bytes(nobody());
    bytes.truncate(bytes.len() / 3);
    damaged.attachments = vec![("scan0001.pdf".to_owned(), PDF, bytes)];
    vec![locked, damaged]
}

fn letters_of_other_kinds() -> Vec<Post> {
    let mut away = Post::new(
        "out-of-office",
        "an out-of-office answer: filed, and answered by nobody",
        ("Rob Atkinson", "r.atkinson@westbeck-academy.example.org"),
        "Automatic reply: Your nomination",
        "I am out of the office until Monday. For anything urgent please ring the school.\n",
    );
    away.headers = vec!["Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "Precedence: bulk"];
    let advice = Post::new(
        "advice",
        "a school asks how to begin",
        ("Colin Rigg", "colin.rigg@westbeck-academy.example.org"),
        "Advice please",
        "Hello, I have never started an Early Help Assessment before. Could somebody advise me how to begin, and whether I should do it \
         before I nominate? I do not want to name the family yet.\n\nColin Rigg\nWestbeck Academy\n",
    );
    let information = Post::new(
        "freedom-of-information",
        "a request under the Freedom of Information Act",
        ("Dana Pryce", "dana.pryce@gazette.example.org"),
        "Freedom of Information request",
        "Under the Freedom of Information Act 2000 please tell me how many families were nominated to Focus Family in each year, and how many \
         met the criteria.\n\nDana Pryce\n",
    );
    let own_data = Post::new(
        "subject-access",
        "a parent asks for what is held about them",
        ("Lee Hoggarth", "lee.hoggarth@post.example.org"),
        "Subject access request",
        "I am making a subject access request. Please send me a copy of all the personal information you hold about me under data protection law.\n\nLee Hoggarth\n",
    );
    let empty = Post::new("empty", "an empty mail", ("Pam Hindmoor", "pam.hindmoor@fellside-health.example.org"), "", "");
    let mut bounce = Post::new(
        "bounce",
        "a mail that could not be delivered comes back",
        ("Mail Delivery System", "mailer-daemon@oakrigg-primary.example.org"),
        "Undelivered Mail Returned to Sender",
        &format!(
            "The following address failed:\n\n  <nobody@oakrigg-primary.example.org>: user unknown\n\nThe mail was sent by {MAILBOX}.\n"
        ),
    );
    bounce.headers = vec!["Auto-Submitted: auto-replied"];
    vec![away, advice, information, own_data, empty, bounce]
}
