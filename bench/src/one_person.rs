//! What others' data cost one person: user 0, who has the same data at every size, asks for the same lists and searches in the
//! smallest and in the largest database, in turn, so that what else the machine does falls upon both.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context;
use hdrhistogram::Histogram;
use reqwest::Client;

use crate::{
    bench::{self, requests_of},
    connection::{self, Answer},
    data::{self, Person},
    expect::{Asked, verify},
    request::Request,
    results::{Latency, Measurement, SizeReport},
    run::Options,
    server::{Program, Server},
    workloads::{Kind, TURN, Varied},
};

const LOADS: [(&str, Kind); 2] =
    [("server/list of one person", Kind::Filtered), ("server/search of one person", Kind::English)];

/// Adds the measurements to the smallest and the largest size.
pub async fn measure(options: &Options, programs: &[Program], sizes: &mut [SizeReport]) -> anyhow::Result<()> {
    let places = if programs.len() > 1 { vec![0, programs.len() - 1] } else { vec![0] };
    let mut sides = Vec::new();
    for place in places {
        let program = programs.get(place).context("there is no database")?;
        let server = program.start().await?;
        let user_0 = data::sign_in(&server, &program.database, 0).await?;
        sides.push(Side { place, server, user_0 });
    }
    for (name, kind) in LOADS {
        if bench::wants(options.only.as_deref(), name) {
            let measured = in_turn(name, kind, &sides, options.plan.lists_of_one_person).await?;
            for (side, measurement) in sides.iter().zip(measured) {
                let size = sizes.get_mut(side.place).context("there is no such size")?;
                eprintln!("  {name}, {} tasks: {:.2} ms each", size.tasks, 1000.0 / measurement.per_second);
                size.measurements.push(measurement);
            }
        }
    }
    for side in sides {
        side.server.stop().await?;
    }
    Ok(())
}

/// One of the databases, with a server.
struct Side {
    place: usize,
    server: Server,
    user_0: Vec<Person>,
}

async fn in_turn(name: &str, kind: Kind, sides: &[Side], count: usize) -> anyhow::Result<Vec<Measurement>> {
    let mut found = Vec::new();
    for side in sides {
        let asked: Vec<Asked> = Varied::new(kind, &side.user_0).take(count + TURN).collect();
        // The first of each shape warm the server up.
        let (sample, rest) = asked.split_at_checked(TURN).context("there are too few lists")?;
        let complaints = verify(&Client::new(), &side.server, sample).await?;
        found.push(Found { requests: requests_of(rest), complaints, answers: Vec::new() });
    }
    let rounds = count.div_ceil(TURN);
    for round in 0..rounds {
        for (side, found) in sides.iter().zip(&mut found) {
            let requests = found.requests.iter().skip(round * TURN).take(TURN).cloned().collect::<Vec<_>>();
            found
                .answers
                .extend(connection::ask(side.server.address, &requests).await.with_context(|| name.to_owned())?);
        }
    }
    found.into_iter().map(|found| found.measurement(name)).collect()
}

struct Found {
    requests: Vec<Request>,
    complaints: Vec<String>,
    answers: Vec<Answer>,
}

impl Found {
    fn measurement(mut self, name: &str) -> anyhow::Result<Measurement> {
        let mut took = Histogram::<u64>::new(3)?;
        for answer in &self.answers {
            took.record(u64::try_from(answer.took.as_micros())?)?;
        }
        let pairs = self.answers.iter().zip(&self.requests);
        let wrong = pairs.filter(|(answer, request)| answer.status != request.expected).count();
        if wrong > 0 {
            self.complaints.push(format!("{wrong} answers had another status"));
        }
        let unexpected = (self.complaints.len() + wrong) as u64;
        let seconds = self.answers.iter().map(|answer| answer.took).sum::<Duration>().as_secs_f64();
        let answers = self.answers.len() as f64;
        let milliseconds = |quantile| took.value_at_quantile(quantile) as f64 / 1000.0;
        Ok(Measurement {
            name: name.to_owned(),
            clients: 1,
            seconds,
            answers: self.answers.len() as u64,
            unexpected,
            complaints: self.complaints,
            per_second: answers / seconds,
            latency: Some(Latency { p50: milliseconds(0.5), p90: milliseconds(0.9), p99: milliseconds(0.99) }),
            usage: None,
            figures: BTreeMap::from([("ms_each".to_owned(), seconds * 1000.0 / answers)]),
        })
    }
}
