//! Many requests of one visitor over a kept connection.

use super::{Answer, Ask, Stream, connected, head, read};
use crate::model::visitor::VisitError;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

/// So many requests are sent before the first of their answers is read: a server answers them one after the other, and a long
/// way is gone only once. Few enough that they fit into what systems buffer, so that nobody waits for the other to read.
const AHEAD: usize = 8;

/// A visitor who asks for `/` again and again, and keeps the connection as long as the server does.
pub struct Visitor {
    ask: Ask,
    stream: Option<Stream>,
}

impl Visitor {
    /// A visitor who has not come yet.
    pub fn new(ask: Ask) -> Self {
        Self { ask, stream: None }
    }

    /// Asks so many times, and hands on each answer, until one is an error or `on_answer` wants no more. Pages are read
    /// only where they are `wanted`.
    pub async fn ask(
        &mut self,
        times: usize,
        wanted: bool,
        mut on_answer: impl FnMut(Result<Answer, VisitError>) -> bool + Send,
    ) {
        let mut left = times;
        while left > 0 {
            let ahead = left.min(AHEAD);
            // Each answer is handed on as it comes: whoever has enough does not wait for those behind it.
            let mut more = |outcome: Result<Answer, VisitError>| {
                left -= 1;
                let failed = outcome.is_err();
                on_answer(outcome) && !failed
            };
            if !self.batch(ahead, wanted, &mut more).await {
                return;
            }
        }
    }

    /// Hands on the answers to at most so many requests: fewer if the server closed the connection after an answer. Says whether
    /// more are wanted.
    async fn batch(
        &mut self,
        ahead: usize,
        wanted: bool,
        more: &mut (dyn FnMut(Result<Answer, VisitError>) -> bool + Send),
    ) -> bool {
        let mut answered = 0;
        // A server may close an idle connection at any time; what it had not answered by then it never took.
        for _ in 0..2 {
            let kept = self.stream.is_some();
            let mut stream = match self.stream.take() {
                Some(stream) => stream,
                None => match connected(&self.ask).await {
                    Ok(stream) => stream,
                    Err(error) => return more(Err(error)),
                },
            };
            let sent = stream.write_all(head(&self.ask.domain).repeat(ahead).as_bytes()).await;
            if let Err(error) = sent {
                if kept {
                    continue;
                }
                return more(Err(VisitError::from(&error)));
            }
            while answered < ahead {
                let answer = timeout(self.ask.total, read(&mut stream, wanted)).await;
                match answer.unwrap_or(Err(VisitError::AnswerTimeout)) {
                    Err(VisitError::Truncated | VisitError::Reset) if kept && answered == 0 => break,
                    Err(error) => return more(Err(error)),
                    Ok(answer) => {
                        answered += 1;
                        let last = answer.last;
                        if !more(Ok(answer)) {
                            return false;
                        }
                        if last {
                            return true;
                        }
                    }
                }
            }
            if answered > 0 {
                self.stream = Some(stream);
                return true;
            }
        }
        more(Err(VisitError::Reset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::io::{AsyncBufReadExt, BufReader};
    use tokio::net::TcpListener;

    /// Serves pages that count requests: so many on each connection, and says so with the last one or does not.
    async fn server(each: usize, polite: bool) -> (Ask, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (to, second) = (listener.local_addr().unwrap(), Duration::from_secs(1));
        let (connections, mut asked) = (Arc::new(AtomicUsize::new(0)), 0);
        let counted = connections.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
                let mut stream = BufReader::new(stream);
                'served: for n in 1..=each {
                    let mut line = String::new();
                    while line != "\r\n" {
                        line.clear();
                        if stream.read_line(&mut line).await.unwrap() == 0 {
                            break 'served;
                        }
                    }
                    asked += 1;
                    let page = format!("page {asked}");
                    let close = if polite && n == each { "Connection: close\r\n" } else { "" };
                    let answer = format!("HTTP/1.1 200 OK\r\n{close}Content-Length: {}\r\n\r\n{page}", page.len());
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        (Ask { to, domain: "a.test".into(), connect: second, total: second }, connections)
    }

    async fn pages(visitor: &mut Visitor, times: usize) -> Vec<Result<String, VisitError>> {
        let mut pages = Vec::new();
        let on_answer = |answer: Result<Answer, VisitError>| {
            pages.push(answer.map(|answer| String::from_utf8(answer.page).unwrap()));
            true
        };
        visitor.ask(times, true, on_answer).await;
        pages
    }

    #[tokio::test]
    async fn one_connection_serves_many_requests() {
        let (ask, connections) = server(1000, true).await;
        let mut visitor = Visitor::new(ask);
        let all: Vec<_> = pages(&mut visitor, 20).await.into_iter().chain(pages(&mut visitor, 1).await).collect();
        assert_eq!(all, (1..=21).map(|n| Ok(format!("page {n}"))).collect::<Vec<_>>());
        assert_eq!(connections.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_server_that_closes_after_an_answer_is_asked_again() {
        let (ask, connections) = server(3, true).await;
        let all = pages(&mut Visitor::new(ask), 7).await;
        assert_eq!(all, (1..=7).map(|n| Ok(format!("page {n}"))).collect::<Vec<_>>());
        assert_eq!(connections.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn an_idle_connection_that_was_closed_is_no_failure_and_a_broken_answer_is() {
        let (ask, connections) = server(2, false).await;
        let mut visitor = Visitor::new(ask.clone());
        assert_eq!(pages(&mut visitor, 2).await.len(), 2);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(pages(&mut visitor, 1).await, [Ok("page 3".to_owned())]);
        assert_eq!(connections.load(Ordering::Relaxed), 2);
        drop(visitor);
        let broken = pages(&mut Visitor::new(ask), 4).await;
        assert!(broken.len() == 3 && broken[2].is_err(), "{broken:?}");
    }

    #[tokio::test]
    async fn who_has_heard_enough_waits_for_no_answer_behind_it() {
        // The second answer never comes.
        let (ask, _) = server(1, false).await;
        let began = std::time::Instant::now();
        let mut received = 0;
        let enough = |_| {
            received += 1;
            false
        };
        Visitor::new(Ask { total: Duration::from_secs(30), ..ask }).ask(8, false, enough).await;
        assert!(received == 1 && began.elapsed() < Duration::from_secs(10), "{received} {:?}", began.elapsed());
    }

    #[tokio::test]
    async fn nobody_there_is_said_once() {
        let (ask, _) = server(1, true).await;
        let closed = Ask { to: "127.0.0.1:1".parse().unwrap(), ..ask };
        assert_eq!(pages(&mut Visitor::new(closed), 5).await, [Err(VisitError::Refused)]);
    }
}
