use super::ring::{Journal, Opened, Past};
use super::*;
use crate::budget::Purpose::{self, Read, Sign};
use crate::budget::{Call, Refused, WINDOW};
use crate::config::UpstreamConfig;
use flexportal::CustomerId;
use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;

const S: fn(u64) -> Duration = Duration::from_secs;
/// Some moment, in milliseconds since 1970.
const NOW: u64 = 1_800_000_000_000;

fn config(limit: u32) -> UpstreamConfig {
    let base = "https://api.example".parse().unwrap();
    UpstreamConfig { base, api_key: "key".into(), tenant_id: "tenant".into(), requests_per_minute: limit }
}

fn call(purpose: Purpose) -> Call {
    Call { purpose, customer: CustomerId::new("cust_1").unwrap() }
}

async fn pass(gate: &Gate, purpose: Purpose) -> Result<super::super::gate::Permit, Refused> {
    gate.pass(call(purpose), Duration::ZERO).await
}

/// How many calls of the file count at that moment, and whether it was whole.
fn read(path: &Path, limit: u32, now: u64) -> Opened {
    Journal::open(path, limit, now).unwrap().1
}

#[tokio::test]
async fn should_remember_over_a_restart_what_was_called() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state/budget");
    let file = BudgetFile::Named(path.clone());
    let gate = open(&file, &config(10)).unwrap();
    assert_eq!(gate.used(), 0);
    drop(pass(&gate, Read).await.unwrap_or_else(|_| panic!("free")));
    let in_flight = pass(&gate, Sign).await.unwrap_or_else(|_| panic!("free"));
    // As if the process were killed: what is in flight is never settled.
    std::mem::forget(in_flight);
    drop(gate);
    // The permit that was forgotten keeps the file open, and locked.
    assert!(matches!(open(&file, &config(10)), Err(JournalError::InUse(_))));
    let copy = BudgetFile::Named(directory.path().join("copy"));
    fs::copy(&path, directory.path().join("copy")).unwrap();
    let gate = open(&copy, &config(10)).unwrap();
    assert_eq!(gate.used(), 2);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn should_forget_what_has_left_the_window() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("budget");
    let Opened::New = read(&path, 4, NOW) else { panic!("there was none") };
    let (mut journal, _) = Journal::open(&path, 4, NOW).unwrap();
    let (ended, in_flight) = (journal.taken(Read), journal.taken(Sign));
    journal.ended(ended, Read);
    let _ = in_flight;
    drop(journal);
    let wall = unix_millis();
    let Opened::Read(past) = read(&path, 4, wall) else { panic!("it is whole") };
    assert_eq!(past.iter().map(|past| past.purpose).collect::<Vec<_>>(), [Read, Sign]);
    assert!(past[0].leaves_in <= WINDOW && past[0].leaves_in > S(50) && past[1].leaves_in == WINDOW, "{past:?}");
    // One that ended is over after a minute; one that was in flight may have ended a minute after it began.
    let Opened::Read(past) = read(&path, 4, wall + 60_000) else { panic!("it is whole") };
    assert!(matches!(past.as_slice(), [Past { purpose: Sign, leaves_in }] if *leaves_in > S(50)), "{past:?}");
    assert_eq!(read(&path, 4, wall + 120_000), Opened::Read(vec![]));
}

#[test]
fn should_count_what_is_still_to_come_as_now() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("budget");
    let (mut journal, _) = Journal::open(&path, 4, NOW).unwrap();
    let slot = journal.taken(Read);
    journal.ended(slot, Read);
    journal.taken(Read);
    drop(journal);
    let earlier = unix_millis() - 3_600_000;
    assert_eq!(read(&path, 4, earlier), Opened::Read(vec![Past { purpose: Read, leaves_in: WINDOW }; 2]));
}

#[test]
fn should_go_round_and_keep_the_newest() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("budget");
    let (mut journal, _) = Journal::open(&path, 3, NOW).unwrap();
    for number in 0..20 {
        let slot = journal.taken(if number < 17 { Read } else { Sign });
        journal.ended(slot, if number < 17 { Read } else { Sign });
    }
    drop(journal);
    assert_eq!(fs::metadata(&path).unwrap().len(), 16 + 8 * 6);
    // Another limit: what counts is taken over.
    let Opened::Read(past) = read(&path, 100, unix_millis()) else { panic!("it is whole") };
    assert_eq!(past.iter().filter(|past| past.purpose == Sign).count(), 3);
    assert_eq!((past.len(), fs::metadata(&path).unwrap().len()), (6, 16 + 8 * 200));
    let Opened::Read(past) = read(&path, 2, unix_millis()) else { panic!("it is whole") };
    assert_eq!((past.len(), fs::metadata(&path).unwrap().len()), (6, 16 + 8 * 4));
}

#[test]
fn should_go_on_behind_what_counts() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("budget");
    for calls in 1..=6 {
        let (mut journal, _) = Journal::open(&path, 3, unix_millis()).unwrap();
        let slot = journal.taken(Read);
        journal.ended(slot, Read);
        drop(journal);
        let Opened::Read(past) = read(&path, 3, unix_millis()) else { panic!("it is whole") };
        assert_eq!(past.len(), calls);
    }
}

#[tokio::test]
async fn should_take_a_damaged_file_for_a_minute_that_was_used_up() {
    let directory = tempfile::tempdir().unwrap();
    type Damage = fn(&fs::File);
    let damages: [Damage; 7] = [
        // Nothing but a head that says so.
        |file| {
            file.set_len(16).unwrap();
            file.write_all_at(&[0], 8).unwrap();
        },
        |file| file.set_len(0).unwrap(),
        |file| file.set_len(16 + 8 * 9 + 3).unwrap(),
        |file| file.set_len(16 + 8 * 9).unwrap(),
        |file| file.write_all_at(b"x", 0).unwrap(),
        |file| file.write_all_at(&[9], 8).unwrap(),
        |file| file.write_all_at(&[1], 16 + 8 * 7).unwrap(),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let file = BudgetFile::Named(directory.path().join(number.to_string()));
        let BudgetFile::Named(path) = &file else { unreachable!() };
        drop(open(&file, &config(5)).unwrap());
        damage(&fs::OpenOptions::new().write(true).open(path).unwrap());
        let gate = open(&file, &config(5)).unwrap();
        assert_eq!(gate.used(), 5, "{number}");
        let wait = pass(&gate, Sign).await.err().unwrap().wait;
        assert!(wait > S(55) && wait <= WINDOW, "{wait:?}");
        // It is whole again, and says the same.
        drop(gate);
        assert_eq!(open(&file, &config(5)).unwrap().used(), 5, "{number}");
    }
}

#[test]
fn should_read_the_largest_file_and_no_larger_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("budget");
    assert_eq!(read(&path, 100_000, NOW), Opened::New);
    assert_eq!(read(&path, 100_000, NOW), Opened::Read(vec![]));
    // One entry more, and a head that says so.
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(16 + 8 * 200_001).unwrap();
    file.write_all_at(&200_001_u64.to_le_bytes(), 8).unwrap();
    assert_eq!(read(&path, 100_000, NOW), Opened::Damaged);
}

#[tokio::test]
async fn should_refuse_a_named_file_that_cannot_be_used_and_do_without_a_default_one() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("target"), "").unwrap();
    symlink(at("target"), at("link")).unwrap();
    fs::create_dir(at("directory")).unwrap();
    fs::write(at("open"), "").unwrap();
    fs::set_permissions(at("open"), fs::Permissions::from_mode(0o666)).unwrap();
    for (name, what) in [
        ("link", "symbolic link"),
        ("directory", ""),
        ("open", "others may write"),
        ("target/below", ""),
        // Why it cannot be made, and not that it is not there.
        ("missing/", "is a directory"),
    ] {
        let Err(error) = open(&BudgetFile::Named(at(name)), &config(5)) else { panic!("{name}") };
        let text = error.to_string();
        assert!(text.starts_with("PROXY_BUDGET_FILE ") && text.contains(name) && text.contains(what), "{text}");
        let gate = open(&BudgetFile::Default(at(name)), &config(5)).unwrap();
        assert!(gate.used() == 5 && pass(&gate, Sign).await.is_err(), "{name}");
    }
    assert_eq!(fs::read(at("target")).unwrap(), b"");
    assert_eq!(open(&BudgetFile::None, &config(5)).unwrap().used(), 0);
}

#[tokio::test]
async fn should_keep_nothing_of_what_was_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("budget");
    let gate = open(&BudgetFile::Named(path.clone()), &config(4)).unwrap();
    drop(pass(&gate, Sign).await.unwrap_or_else(|_| panic!("free")));
    // More often than there is room in the file: what was made stays in it.
    for _ in 0..20 {
        let unmade = pass(&gate, Read).await.unwrap_or_else(|_| panic!("free"));
        assert_eq!(gate.used(), 2);
        gate.give_back(unmade);
        assert_eq!(gate.used(), 1);
    }
    drop(gate);
    let gate = open(&BudgetFile::Named(path), &config(4)).unwrap();
    assert_eq!(gate.used(), 1);
}
