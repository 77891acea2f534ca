//! A large county is simulated in parts: the families of some areas each, with a store, keyworkers and a mailbox of its own, as many at
//! once as there are processors. How many parts there are follows from the number of families alone, and they are put together in their
//! order, so that the same seed tells the same story on every machine.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::daemon::simulate::{Asked, Done, Part, SimulateError, simulate_part};
use crate::demo::county::Nomination;
use crate::domain::time::Date;
use crate::domain::workflow::Geography;

/// Below so many families the county is one.
const FAMILIES_A_PART: u32 = 800;
/// More parts than areas would leave some empty.
const PARTS_MAX: u32 = 6;

/// In how many parts so many families are simulated: a county of some hundreds is one.
#[must_use]
pub fn parts_of(families: u32) -> u32 {
    (families / FAMILIES_A_PART).clamp(1, PARTS_MAX)
}

/// The part a family belongs to: that of its area. Where the area is not known from the form, the first.
pub(super) fn part_of(geography: &Geography, family: &Nomination, parts: u32) -> u32 {
    let area = geography.route(Some(&family.postcode), Some(&family.address)).area;
    let place = area.and_then(|area| geography.areas.iter().position(|known| known.name == area));
    place.and_then(|place| u32::try_from(place).ok()).unwrap_or(0) % parts
}

/// Every part, as many at once as there are processors.
pub(super) fn side_by_side(asked: Asked, parts: u32, tell: &(impl Fn(Date, usize) + Sync)) -> Result<Done, SimulateError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(parts as usize);
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, Result<Done, SimulateError>>> = Mutex::default();
    let open: Mutex<BTreeMap<usize, usize>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(number) = Some(next.fetch_add(1, Ordering::SeqCst)).filter(|number| *number < parts as usize) {
                    let tell = |day, cases| {
                        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
                        open.insert(number, cases);
                        tell(day, open.values().sum());
                    };
                    let part = Part { number: u32::try_from(number).expect("a few parts"), of: parts };
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                    let outcome = runtime
                        .map_err(SimulateError::Part)
                        .and_then(|runtime| runtime.block_on(simulate_part(asked, part, &tell)));
                    done.lock().unwrap_or_else(PoisonError::into_inner).insert(number, outcome);
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut parts = done.into_values();
    let first = parts.next().expect("there are at least two parts")?;
    parts.try_fold(first, |whole, part| Ok(whole.with(part?)))
}

impl Done {
    /// This part and `other` as one.
    fn with(mut self, other: Self) -> Self {
        self.tally.join(other.tally);
        self.cases.extend(other.cases);
        self.violations.extend(other.violations);
        self.refused += other.refused;
        self.until = self.until.max(other.until);
        for (fault, count) in other.faults {
            let have = self.faults.entry(fault).or_default();
            // The weather is one for the whole county; keyworkers belong to one part.
            *have = if fault == super::KEYWORKERS_LEFT { *have + count } else { (*have).max(count) };
        }
        self
    }
}
