//! What councils call the same thing: one list an answer, none of them taken from a form the reader was made with.

pub const TITLES: &[&str] = &[
    "Supporting Families nomination form",
    "Focus Family nomination and consent form",
    "Troubled Families Programme: nomination form",
    "FOCUS FAMILY REFERRAL FORM",
    "Nomination to Focus Family",
    "Family nomination form (confidential when complete)",
];

pub const REFERRER_HEADINGS: &[&str] = &[
    "Section 1: Details of person making referral",
    "Referrer's details",
    "Practitioner completing this form",
    "PART A - NOMINATED BY",
    "1. About you",
    "Nominating professional",
    "Your details",
    "Person making referral",
    "Who is completing this form?",
];
pub const REFERRER: [&[&str]; 5] = [
    &[
        "Name of referrer",
        "Name",
        "Your name",
        "Referrer name",
        "Name of person making referral",
        "Practitioner completing this form",
        "Person making referral",
        "Name of professional",
        "Completed by",
        "Nominated by",
        "Referred by",
        "Name of nominating practitioner",
    ],
    &["Job title", "Role", "Your role", "Position", "Designation", "Position held", "Job role", "Post title", "Role/job title"],
    &[
        "Agency",
        "Organisation",
        "Agency/organisation",
        "Organisation / Agency / Department",
        "Your agency",
        "Service",
        "Name of agency",
        "Agency or school",
        "Employing organisation",
    ],
    &["Email", "E-mail address", "Secure email", "Email address (secure if possible)", "Contact email", "Your email"],
    &[
        "Tel",
        "Telephone No",
        "Contact number",
        "Phone",
        "Direct dial",
        "Contact tel. no.",
        "Your telephone number",
        "Work mobile/landline",
        "Tel no(s)",
    ],
];

pub const FAMILY_HEADINGS: &[&str] = &[
    "Family details",
    "2. The family",
    "Section 2: Family information",
    "FAMILY ADDRESS AND CONTACT",
    "Where the family lives",
    "About the family",
];
pub const ADDRESS: &[&str] = &[
    "Address",
    "Home address",
    "Family address",
    "Main family address",
    "Current address",
    "Address of family",
    "Full postal address",
    "Property address",
    "Family's home address",
    "Current home address of the household",
];
pub const POSTCODE: &[&str] = &["Postcode", "Post code", "Post Code", "Postal code", "Family postcode"];

pub const HOUSEHOLD_HEADINGS: &[&str] = &[
    "Household composition",
    "Family composition",
    "3. Who is in the household?",
    "Section 3 - Family members",
    "Details of all family members",
    "Please list everyone living in the household",
    "People living in the home",
    "FAMILY MEMBERS",
];
pub const CHILDREN_HEADINGS: &[&str] =
    &["Children / young people", "Details of children", "Child/ren details", "Children in the household", "Children (under 18)"];
pub const ADULTS_HEADINGS: &[&str] = &[
    "Parents / carers",
    "Adults in the household",
    "Parent/carer details",
    "Significant adults",
    "Details of parents and carers",
];

pub const FULL_NAME: &[&str] = &[
    "Name",
    "Full name",
    "Name of family member",
    "Name (first and surname)",
    "First name and surname",
    "Member's full name",
    "Person's name",
    "Forename and Surname",
];
pub const FIRST_NAME: &[&str] = &[
    "First name",
    "Forename(s)",
    "Forename",
    "First name(s)",
    "Given name(s)",
    "Christian name",
    "First names",
    "Legal forename(s)",
];
pub const SURNAME: &[&str] = &["Surname", "Last name", "Family name", "Surname(s)", "Legal surname", "SURNAME"];
pub const BORN: &[&str] = &[
    "DOB",
    "D.O.B.",
    "Date of birth",
    "Date of birth (or EDD)",
    "D.O.B / EDD",
    "DoB/Due date",
    "Date of Birth dd/mm/yy",
    "Birth date",
    "Date of birth/age",
    "DOB (or age if not known)",
];
pub const GENDER: &[&str] = &["Gender", "Sex", "M/F", "Gender (M/F)", "Male/Female", "Sex at birth"];
pub const RELATIONSHIP: &[&str] = &[
    "Relationship",
    "Relationship to child",
    "Relationship to main carer",
    "Relationship to child/young person",
    "Relationship to others",
    "Relationship to nominated person",
    "Role in family",
    "Relationship to index child",
    "Relation to child",
    "How related",
];
pub const SCHOOL: &[&str] = &[
    "School",
    "Nursery/School/College",
    "School/Nursery",
    "Name of school",
    "Education provider",
    "School / setting attended",
    "School or college attended",
    "Education setting",
    "School, nursery or college",
    "School/early years setting",
    "Current school/nursery",
    "Educational establishment",
];
pub const NOISE: &[&str] = &["Ethnicity", "NHS number", "UPN", "First language", "Disability Y/N", "Religion", "PR Y/N", "GP"];

pub const CRITERIA_HEADINGS: &[&str] = &[
    "Criteria",
    "4. Nomination criteria",
    "Focus Family criteria",
    "Which criteria are met?",
    "Reason for nomination (tick all that apply)",
    "SECTION 4: THE SIX THEMES",
    "Eligibility: please tick all that apply and say who",
    "Headline problems",
];
pub const CRITERION: &[&str] =
    &["Criteria", "Criterion", "Theme", "Headline problem", "Issue", "Indicator", "Eligibility criteria"];
pub const WHO: &[&str] = &[
    "Who in the family?",
    "Which family member(s)?",
    "Who does this apply to?",
    "Family member",
    "Name(s)",
    "Which member of the family",
    "Person(s) affected",
    "Who",
];
pub const ANSWER: &[&str] = &["Yes/No", "Y/N", "Tick", "Met?", "Tick if applicable", "Please tick", "Applies? (Y/N)"];
pub const EVIDENCE: &[&str] = &["Evidence", "Comments", "Supporting evidence", "Details", "Brief detail", "Evidence / source"];
pub const PERSON_THEMES: &[&str] =
    &["Themes", "Criteria met", "Themes met", "Which criteria", "Criteria", "Issues", "Identified needs (criteria)", "Theme(s)"];

pub const CONSENT_HEADINGS: &[&str] = &[
    "Consent",
    "6. Family consent",
    "CONSENT TO SHARE INFORMATION",
    "Agreement of the family",
    "Consent and information sharing",
];
pub const CONSENT: &[&str] = &[
    "Consent obtained?",
    "Has the family consented to this referral?",
    "Has consent been given?",
    "Family consent given (Y/N)",
    "Does the family agree to this nomination?",
    "Is the family aware of and in agreement with this nomination?",
    "Consent",
    "Has the Consent to Share Information form been signed?",
];
pub const SIGNED: &[&str] = &[
    "Signed",
    "Signature",
    "Parent/carer signature",
    "Signed (parent/carer)",
    "Signature of parent or carer",
    "Signed by",
    "Signature of family member",
];
pub const PRINTED: &[&str] = &["Print name", "Name (please print)", "Printed name", "Name in capitals", "PRINT NAME"];
pub const SIGNED_ON: &[&str] = &["Date", "Date signed", "Dated", "Date of consent", "Date of signature"];

pub const ASSESSMENT: &[&str] = &[
    "Early Help Assessment",
    "EHA status",
    "Has an Early Help Assessment been completed?",
    "EHA",
    "Is there an Early Help Assessment?",
    "Early Help Assessment in place?",
    "Whole family assessment (EHA)",
];
pub const AGENCY_HEADINGS: &[&str] = &[
    "Agencies involved",
    "5. Professionals involved with the family",
    "Other agencies working with the family",
    "Services involved",
    "Agencies known to be involved",
];

/// Questions about people who are not of the family.
pub const OTHERS: &[(&str, &str)] = &[
    ("Name of lead professional", "Hilary Moss"),
    ("GP name and practice", "Dr Anwar, Lowther Street Surgery"),
    ("Line manager", "Peter Gaskell"),
    ("Name of social worker", "Yvonne Keen"),
    ("Head teacher", "Mr B Ostle"),
    ("Landlord", "Castle Homes, Mrs Tuck"),
    ("Health visitor", "Rachel Postle"),
    ("Keyworker", "Jon Spedding"),
    ("Manager's name", "Alison Tate"),
    ("Area Officer", "Moira Bell"),
];

/// Text of the blank form that names every theme and answers none.
pub const ANNEX: &[&str] = &[
    "To be eligible more than one family member must meet at least two of the six themes, for example a parent out of work with depression and a child with poor attendance.",
    "Guidance: crime and anti-social behaviour includes any proven offence, an ASBO or a housing related injunction in the last 12 months.",
    "Children who need help includes a child on a child protection plan, a child in need, and young carers.",
    "Please note that domestic abuse may be historic or current and may not have been reported to the police.",
    "If a child is in immediate danger call 999; do not use this form.",
];

/// Sentences that say nothing of the family that counts: denials, wishes, memories, other families.
pub const HOLLOW: &[&str] = &[
    "There are no concerns about domestic abuse and nobody in the household misuses drugs or alcohol.",
    "The family next door has been served with an ASB injunction, which upsets everybody.",
    "If rent arrears build up again an eviction notice could follow.",
    "Mum had depression as a teenager, which was resolved years ago.",
    "The school would like to prevent exclusion.",
    "Dad's sister was in prison before the family moved here.",
    "They enjoy swimming and the allotment, and grandparents help at weekends.",
    "None of the children is known to the police and no offences have been recorded.",
];
