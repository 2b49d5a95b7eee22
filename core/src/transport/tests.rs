use std::task::Waker;

use http_body::Body;

use super::*;

struct Fixed;

impl Form for Fixed {
    fn length(&self) -> usize {
        3
    }

    fn take(&self, _: SystemTime) -> String {
        "a=1".to_owned()
    }
}

fn next(body: &mut OneShot<Fixed>) -> Poll<Option<Result<Bytes, ()>>> {
    let frame = Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop()));
    frame.map(|frame| frame.map(|frame| frame.map_err(|_| ()).and_then(|frame| frame.into_data().map_err(|_| ()))))
}

fn body(flight: &Flight) -> OneShot<Fixed> {
    let deadline = Deadline::after(Duration::from_secs(60));
    OneShot { form: Some(Arc::new(Fixed)), ticket: flight.board(deadline).expect("nothing has left yet") }
}

#[test]
fn a_call_that_is_dropped_lets_the_next_one_probe() {
    let (reuse, now) = (Reuse::default(), Instant::now());
    let turn = Turn { reuse: &reuse, way: reuse.choose(now), over: false };
    assert_eq!((turn.way, reuse.choose(now)), (Way::Kept, Way::Fresh));
    drop(turn);
    assert_eq!(reuse.choose(now), Way::Kept);
}

#[test]
fn a_body_leaves_once_and_says_so_first() {
    let flight = Flight::default();
    let mut body = body(&flight);
    assert_eq!((body.size_hint().exact(), body.is_end_stream(), flight.has_left()), (Some(3), false, false));
    assert_eq!(next(&mut body), Poll::Ready(Some(Ok(Bytes::from_static(b"a=1")))));
    assert!(flight.has_left());
    assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(0), true));
    assert_eq!(next(&mut body), Poll::Ready(None));
}

#[test]
fn a_body_of_a_withdrawn_call_fails_and_gives_nothing() {
    let flight = Flight::default();
    let mut body = body(&flight);
    assert!(flight.withdraw());
    assert_eq!(next(&mut body), Poll::Ready(Some(Err(()))));
    assert!(!flight.has_left());
    assert_eq!(next(&mut body), Poll::Ready(None));
}

#[test]
fn a_body_of_an_earlier_attempt_gives_nothing() {
    let flight = Flight::default();
    let (mut earlier, mut later) = (body(&flight), body(&flight));
    assert_eq!(next(&mut earlier), Poll::Ready(Some(Err(()))));
    assert_eq!(next(&mut later), Poll::Ready(Some(Ok(Bytes::from_static(b"a=1")))));
}
