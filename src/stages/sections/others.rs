//! Packs and minutes as other kinds of council set them: districts, parishes, fire authorities,
//! Scottish councils. All text is our own.

use super::tests::Pack;
use super::*;
use crate::model::{Classification as C, Papers};

fn read(pages: &[&[&str]]) -> Record {
    let mut p = Pack::default();
    for page in pages {
        p.page(page);
    }
    Sectioning::run(&p.0, &Options::default()).unwrap()
}

fn kinds(record: &Record) -> Vec<(C, [u32; 2])> {
    record.sections.iter().map(|s| (s.classification, s.pages)).collect()
}

fn items(record: &Record) -> Vec<(&str, &str, Option<[u32; 2]>)> {
    record.agenda.iter().map(|a| (a.order.as_str(), a.description.as_str(), a.pages)).collect()
}

#[test]
fn a_district_s_front_sheet_with_a_column_of_pages() {
    let r = read(&[
        &[
            "h>Northmere District Council",
            "h>Planning Committee",
            "Agenda for the meeting of the Planning Committee to be held in the Long Room, Civic Offices on Wednesday 12 June 2024 at 7.00 pm",
            "Contact: Democratic Services, 01632 960 000",
            "t>Item|Subject|Page Nos",
            "t>1|Apologies for absence|",
            "t>2|Minutes|3 - 6",
            "t>3|Applications for planning permission|7 - 12",
            "t>4|Exclusion of the public|",
            "This meeting will be live streamed. Filming is permitted.",
        ],
        &[],
        &[
            "h>Northmere District Council",
            "h>Minutes of the Planning Committee",
            "Held in the Long Room, Civic Offices on Wednesday 15 May 2024 at 7.00 pm",
            "b>Present:",
            "Councillor P Ash (Chairman)",
            "Councillors: Q Birch, R Cole, S Dean",
            "b>Apologies: Councillor T Elm",
            "b>23/24 Declarations of interest",
            "Councillor Q Birch declared a non-pecuniary interest in item 3.",
            "b>24/24 Applications for planning permission",
            "On being put to the vote, the recommendation was carried (For 3, Against 1, Abstained 0).",
            "RESOLVED that permission be granted.",
            "stamp>Page 3",
        ],
        &["Members heard more.", "stamp>Page 4"],
        &["The meeting ended at 8.00 pm.", "stamp>Page 5"],
        &[],
        &[
            "h>Report to: Planning Committee",
            "Date: 12 June 2024",
            "Title: Applications for planning permission",
            "Report of: Head of Planning",
            "stamp>Page 7",
        ],
        &["More.", "stamp>Page 8"],
        &["h>Appendix 1", "A map.", "stamp>Page 9"],
        &["More of the map.", "stamp>Page 10"],
        &["h>Appendix 2", "A list.", "stamp>Page 11"],
        &["stamp>Page 12"],
    ]);
    assert_eq!(
        items(&r),
        [
            ("1", "Apologies for absence", None),
            ("2", "Minutes", Some([3, 6])),
            ("3", "Applications for planning permission", Some([7, 12])),
            ("4", "Exclusion of the public", None)
        ]
    );
    assert_eq!(r.meeting.name.as_deref(), Some("Planning Committee"));
    assert_eq!(r.meeting.organization.parent.as_deref(), Some("Northmere District Council"));
    assert_eq!(r.meeting.start_date.as_deref(), Some("2024-06-12T19:00"));
    assert_eq!(r.meeting.location.as_ref().map(|l| l.name.as_str()), Some("Long Room, Civic Offices"));
    assert_eq!(
        kinds(&r).iter().map(|k| k.0).collect::<Vec<_>>(),
        [C::Cover, C::Minutes, C::Report, C::Appendix, C::Appendix],
        "{:?}",
        kinds(&r)
    );
    let m = &r.minutes[0];
    assert_eq!(m.held_on.as_deref(), Some("2024-05-15"));
    assert_eq!(m.chair.as_deref(), Some("P Ash"));
    assert_eq!(m.present.len(), 4);
    assert_eq!(m.apologies.len(), 1);
    let orders: Vec<_> = m.items.iter().map(|i| i.order.as_deref()).collect();
    assert_eq!(orders, [Some("23/24"), Some("24/24")]);
    let d = &m.items[1].decisions[0];
    assert_eq!((d.verb.as_str(), d.vote.as_ref().and_then(|v| v.in_favour)), ("RESOLVED", Some(3)));
}

#[test]
fn a_parish_council_s_agenda_and_minutes() {
    let r = read(&[&[
        "h>LOWER ASHBY PARISH COUNCIL",
        "You are hereby summoned to attend a meeting of Lower Ashby Parish Council on Tuesday 4th March 2025 at 7.30pm in the Village Hall.",
        "h>AGENDA",
        "112. Apologies for absence",
        "113. Declarations of interest",
        "114. Minutes of the last meeting",
        "115. Planning",
        "   24/01234/FUL 1 High Street",
        "116. Finance",
        "Clerk to the Council",
        "25 February 2025",
    ]]);
    let orders: Vec<_> = r.agenda.iter().map(|a| a.order.as_str()).collect();
    assert_eq!(orders, ["112", "113", "114", "115", "116"]);
    assert_eq!(r.meeting.name.as_deref(), Some("Lower Ashby Parish Council"));
    assert_eq!(r.meeting.start_date.as_deref(), Some("2025-03-04T19:30"));
    assert_eq!(r.meeting.published.as_deref(), Some("2025-02-25"));

    let r = read(&[&[
        "h>LOWER ASHBY PARISH COUNCIL",
        "Minutes of the meeting of the Parish Council held on Tuesday 4th February 2025 at 7.30pm in the Village Hall",
        "Present: Cllr A Smith (Chair), Cllr B Jones, Cllr C Green and the Clerk",
        "101. Apologies for absence",
        "Apologies were received from Cllr D Brown.",
        "102. Minutes of the last meeting",
        "It was resolved to approve the minutes of 7 January 2025 as a correct record.",
        "103. Planning",
        "The Council agreed to make no objection to the application.",
        "104. Finance",
        "Members noted the report.",
    ]]);
    let m = &r.minutes[0];
    assert_eq!((m.held_on.as_deref(), m.chair.as_deref()), (Some("2025-02-04"), Some("A Smith")));
    assert_eq!(m.apologies.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["D Brown"]);
    let verbs: Vec<_> = m.items.iter().map(|i| i.decisions.first().map(|d| d.verb.as_str())).collect();
    assert_eq!(verbs, [None, Some("RESOLVED"), Some("AGREED"), Some("NOTED")]);
    assert_eq!(m.previous_minutes[0].held_on.as_deref(), Some("2025-01-07"));
}

#[test]
fn a_fire_authority_s_front_sheet() {
    let r = read(&[
        &[
            "h>WESTMOOR FIRE AND RESCUE AUTHORITY",
            "h>AUDIT AND STANDARDS COMMITTEE",
            "Date: Friday, 8 November 2024",
            "Time: 10:00 hours",
            "Venue: Service Headquarters, Hill Lane",
            "h>A G E N D A",
            "h>Part 1 - Open to the public",
            "1. Apologies",
            "2. Internal audit report (Pages 1 to 4)",
            "3. Budget (to follow)",
            "h>Part 2 - Closed to the public (paragraph 3 of Part 1 of Schedule 12A)",
            "4. Contract for engines (Pages 5 to 6)",
        ],
        &["item>Agenda Item 2", "h>Internal audit report", "Report of the Treasurer", "stamp>1"],
        &["Text."],
        &["Text."],
        &["Text."],
        &["item>Agenda Item 4", "h>Contract for engines", "Report of the Chief Fire Officer"],
        &["Text."],
    ]);
    assert_eq!(r.meeting.name.as_deref(), Some("AUDIT AND STANDARDS COMMITTEE"));
    assert_eq!(r.meeting.start_date.as_deref(), Some("2024-11-08T10:00"));
    assert_eq!(
        items(&r),
        [
            ("1", "Apologies", None),
            ("2", "Internal audit report", Some([2, 5])),
            ("3", "Budget", None),
            ("4", "Contract for engines", Some([6, 7]))
        ]
    );
    assert_eq!(r.agenda[2].papers, Papers::ToFollow);
    assert!(r.agenda[3].restricted);
    assert_eq!(r.agenda[3].exempt_under.as_deref(), Some("paragraph 3 of Part 1 of Schedule 12A"));
    assert_eq!(kinds(&r), [(C::Cover, [1, 1]), (C::Report, [2, 5]), (C::Report, [6, 7])]);
}

#[test]
fn a_scottish_council_s_minute() {
    let r = read(&[&[
        "h>GLENMORE COUNCIL",
        "h>ENVIRONMENT COMMITTEE",
        "Minute of Meeting of the Environment Committee held in the Council Chambers on 14 August 2024 at 10.00 am",
        "b>Present: Councillors Ann Ash (Convener), Bob Birch, Cat Cole and Provost Dan Dean",
        "b>In Attendance: E Elm, Head of Roads; F Fir, Clerk",
        "b>Apologies: Councillor Gus Gorse",
        "h>1 Declarations of Interest",
        "There were none.",
        "h>2 Minute of Previous Meeting",
        "The minute of 12 June 2024 was approved as a correct record.",
        "h>3 Winter Roads",
        "There was submitted a report by the Head of Roads.",
        "b>Decision",
        "The Committee agreed:-",
        "(i) to note the report; and",
        "(ii) to mend the roads.",
    ]]);
    assert_eq!(kinds(&r), [(C::Minutes, [1, 1])]);
    let m = &r.minutes[0];
    assert_eq!((m.held_on.as_deref(), m.chair.as_deref()), (Some("2024-08-14"), Some("Ann Ash")));
    assert_eq!((m.present.len(), m.officers.len(), m.apologies.len()), (4, 2, 1), "{m:#?}");
    let titles: Vec<_> = m.items.iter().map(|i| i.title.as_str()).collect();
    assert_eq!(titles, ["Declarations of Interest", "Minute of Previous Meeting", "Winter Roads"]);
    assert_eq!(m.items[2].decisions.len(), 1, "{:?}", m.items[2].decisions);
    assert!(m.items[2].decisions[0].text.contains("to mend the roads"));
    assert_eq!(m.items[2].decisions[0].parts.len(), 2);
    assert_eq!(m.previous_minutes[0].held_on.as_deref(), Some("2024-06-12"));
}

#[test]
fn minutes_with_a_recorded_vote_and_a_chair_who_is_named_apart() {
    let r = read(&[&[
        "h>Borough of Eastvale",
        "h>COUNCIL MINUTES",
        "Minutes of the meeting of Council held on Thursday 18 July 2024",
        "The Mayor (Councillor H Holly) in the Chair",
        "b>Councillors present:",
        "t>Ivy I|Jay J|Kay K",
        "t>Lime L|May M|Nut N",
        "b>Substitutes: None",
        "b>1. Motion on buses",
        "Councillor Ivy moved and Councillor Jay seconded the motion.",
        "A recorded vote was taken:",
        "For (2): Councillors Ivy and Jay",
        "Against (1): Councillor Kay",
        "Abstained (1): Councillor Lime",
        "The motion was CARRIED.",
        "Resolved unanimously: that the Leader write to the bus company.",
        "b>2. Close",
        "The meeting closed at 9 pm.",
    ]]);
    let m = &r.minutes[0];
    assert_eq!(m.chair.as_deref(), Some("H Holly"));
    assert_eq!(m.present.len(), 6, "{:?}", m.present);
    let item = &m.items[0];
    assert_eq!(item.votes.len(), 1, "{:#?}", item.votes);
    assert_eq!((item.votes[0].in_favour, item.votes[0].carried), (Some(2), Some(true)));
    assert_eq!(item.decisions.len(), 1);
    assert!(item.decisions[0].vote.as_ref().unwrap().unanimous);
}

#[test]
fn minutes_set_as_one_table() {
    let r = read(&[&[
        "h>Notes of the Works Forum held on 3 April 2024",
        "Present: A Ash (Chair), B Birch",
        "Apologies: C Cole",
        "t>No|Item|Action",
        "t>1.|Welcome\nThe Chair welcomed all.|",
        "t>2.|Minutes of 6 March 2024\nThese were agreed as a correct record.|",
        "t>3.|Roads\nAGREED that roads be mended.|BB",
        "t>|Lanes were heard of, too.|",
        "t>4.|Date of next meeting|",
    ]]);
    let m = &r.minutes[0];
    let titles: Vec<_> = m.items.iter().map(|i| i.title.as_str()).collect();
    assert_eq!(titles, ["Welcome", "Minutes of 6 March 2024", "Roads", "Date of next meeting"]);
    assert_eq!(m.items[2].decisions[0].verb, "AGREED");
    assert_eq!(m.present.len(), 2);
}

#[test]
fn a_supplement_whose_numbers_go_on() {
    let r = read(&[
        &[
            "h>Supplementary agenda",
            "h>CABINET",
            "Thursday, 6th June, 2024 at 10.00 am",
            "h>AGENDA",
            "7. Late report on lanes (Pages 461 - 464)",
        ],
        &[],
        &["From: Head of Works", "To: Cabinet", "Subject: Late report on lanes", "stamp>Page 461"],
        &["More.", "stamp>Page 462"],
        &["h>Appendix A", "A list of lanes", "stamp>Page 463"],
        &["stamp>Page 464"],
    ]);
    assert_eq!(items(&r), [("7", "Late report on lanes", Some([3, 6]))]);
    assert_eq!(kinds(&r).iter().map(|k| k.0).collect::<Vec<_>>(), [C::Supplement, C::Report, C::Appendix]);
}

#[test]
fn evidence_that_contradicts_itself_is_told() {
    let r = read(&[
        &["h>WORKS PANEL", "h>AGENDA", "1. Roads (Pages 1 - 2)", "2. Lanes (Pages 3 - 4)"],
        &[],
        &["item>Agenda Item 1", "From: A", "To: Works Panel", "Subject: Roads", "stamp>Page 1"],
        &["More.", "item>Agenda Item 2", "stamp>Page 2"],
        &["From: A", "To: Works Panel", "Subject: Lanes", "stamp>Page 3"],
        &["More.", "stamp>Page 4"],
    ]);
    assert!(r.issues.iter().any(|i| i.code == "agenda_pages_disagree"), "{:?}", r.issues);
    assert_eq!(items(&r)[1].2, Some([5, 6]));
}

#[test]
fn a_new_council_s_wording_is_added_without_rust() {
    let own = r#"
[minutes]
verbs = ["SETTLED"]
present = ["those at the table"]
[[sections.cues]]
is = "minutes"
begins = true
weight = 0.9
phrases = ["the book of the meeting"]
"#;
    let mut p = Pack::default();
    p.page(&[
        "h>The book of the meeting of 3 May 2024",
        "Those at the table: A Ash (Chair), B Birch",
        "h>1 Roads",
        "It was SETTLED that the roads be mended.",
        "h>2 Lanes",
        "None.",
    ]);
    let plain = Sectioning::run(&p.0, &Options::default()).unwrap();
    assert!(plain.minutes.is_empty());
    let options = Options { vocabulary: Vocabulary::with(own).unwrap().into() };
    let r = Sectioning::run(&p.0, &options).unwrap();
    assert_eq!(r.minutes[0].present.len(), 2);
    assert_eq!(r.minutes[0].items[0].decisions[0].verb, "SETTLED");
}
