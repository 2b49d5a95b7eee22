//! `review`: what waits for a person, as a list, or at a terminal one case after the other.

mod said;

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::exit;
use crate::refunds::desk::{Desk, Money};
use crate::refunds::host::Failed;
use crate::refunds::told::message;
use crate::refunds::words;
use crate::refunds::written::{kst, money_in, one_line, shown};
use said::Said;

/// The rulings, with the letter of each.
const RULINGS: [(&str, char); 4] = [("done", 'd'), ("void", 'v'), ("retry", 'r'), ("resend", 'e')];

/// The person wants to end, or is gone.
struct Quit;

/// What comes after a case.
enum Next {
    Ruled,
    /// It no longer waits: somebody else has ruled, or a late answer came.
    Gone,
    Skip,
    Back,
    Again,
}

pub(crate) async fn review(desk: &mut Desk) -> Result<i32, Failed> {
    let waiting = desk.verb("in_review", vec![("limit", desk.own("limit"))]).await?;
    let is_person = desk.terminal.is_there() && desk.terminal.is_shown() && !desk.line.json && !desk.line.has("list");
    let mut keys: Vec<_> = waiting.as_array().into_iter().flatten().map(|refund| refund["key"].clone()).collect();
    if !is_person || keys.is_empty() {
        let text = words::list(desk, &waiting);
        desk.tell(vec![("review", waiting)], text);
        return Ok(exit::DONE);
    }
    let said = Said::of(desk.lang);
    desk.terminal.say(&said.waiting(keys.len()));
    let mut ruled = 0;
    let Ok(by) = who(desk, said) else { return Ok(ended(desk, said, ruled, keys.len())) };
    let mut at = 0;
    while let Some(key) = keys.get(at) {
        let place = format!("{} / {}", at + 1, keys.len());
        match case(desk, said, key, &place, &by).await? {
            Err(Quit) => break,
            Ok(Next::Again) => {}
            Ok(Next::Skip) => at += 1,
            Ok(Next::Back) => at = at.saturating_sub(1),
            Ok(next) => {
                ruled += usize::from(matches!(next, Next::Ruled));
                keys.remove(at);
            }
        }
    }
    Ok(ended(desk, said, ruled, keys.len()))
}

fn ended(desk: &mut Desk, said: &Said, ruled: usize, left: usize) -> i32 {
    desk.terminal.say(&said.ended(ruled, left));
    exit::DONE
}

/// Asks who rules, unless it was said.
fn who(desk: &mut Desk, said: &Said) -> Result<String, Quit> {
    if let Some(by) = desk.own("by").as_str() {
        return Ok(by.to_owned());
    }
    loop {
        let by = asked(desk, said.who)?;
        if !by.is_empty() {
            return Ok(by);
        }
    }
}

fn asked(desk: &mut Desk, question: &str) -> Result<String, Quit> {
    desk.terminal.ask(question).map_err(|_| Quit)
}

/// Shows a case, and does what the person wants with it.
async fn case(desk: &mut Desk, said: &Said, key: &Value, place: &str, by: &str) -> Result<Result<Next, Quit>, Failed> {
    let refund = desk.verb("get", vec![("key", key.clone())]).await?;
    if refund["review"].is_null() {
        desk.terminal.say(&format!("\n{}\n", meanwhile(said, &refund)));
        return Ok(Ok(Next::Gone));
    }
    let journal = desk.verb("attempts", vec![("key", key.clone())]).await?;
    let text = shown_case(desk, said, &refund, &journal, place);
    desk.terminal.say(&text);
    loop {
        let Ok(answer) = asked(desk, "> ") else { return Ok(Err(Quit)) };
        let letter = match answer.to_lowercase().as_str() {
            word if RULINGS.iter().any(|(ruling, _)| *ruling == word) => {
                RULINGS.iter().find(|(ruling, _)| *ruling == word).map(|(_, letter)| *letter)
            }
            word => said::letter(word),
        };
        let ruling = RULINGS.iter().find(|(_, own)| Some(*own) == letter).map(|(ruling, _)| *ruling);
        match (ruling, letter) {
            (Some(ruling), _) if refund["review"][desk.lang]["rulings"][ruling].is_string() => {
                return rule(desk, said, &refund, ruling, by).await;
            }
            (Some(ruling), _) => desk.terminal.say(&format!("{}: {}\n", ruling, said.no_such_ruling)),
            (_, Some('s')) => return Ok(Ok(Next::Skip)),
            (_, Some('b')) => return Ok(Ok(Next::Back)),
            (_, Some('l')) => return Ok(Ok(Next::Again)),
            (_, Some('q')) => return Ok(Err(Quit)),
            (_, Some('i')) => {
                let text = words::facts(&refund);
                desk.terminal.say(&text);
            }
            _ => desk.terminal.say(said.help),
        }
    }
}

/// Asks for what belongs to a ruling, says what will happen, and has it recorded.
async fn rule(
    desk: &mut Desk,
    said: &Said,
    refund: &Value,
    ruling: &str,
    by: &str,
) -> Result<Result<Next, Quit>, Failed> {
    let review = &refund["review"];
    let Ok(note) = asked(desk, said.note) else { return Ok(Err(Quit)) };
    let is_needed = review["needs_remaining"] == true;
    let question = said.remaining(&refund["currency"], is_needed);
    let mut remaining = String::new();
    loop {
        match asked(desk, &question) {
            Err(quit) => return Ok(Err(quit)),
            Ok(answer) if answer.is_empty() && is_needed => desk.terminal.say(said.needed),
            Ok(answer) => break remaining.push_str(&answer),
        }
    }
    // Somebody else may have ruled while this person typed.
    let now = desk.verb("get", vec![("key", refund["key"].clone())]).await?;
    if now["updated_at"] != refund["updated_at"] || now["state"] != refund["state"] {
        desk.terminal.say(&format!("{}\n{}\n", said.changed, meanwhile(said, &now)));
        return Ok(Ok(if now["review"].is_null() { Next::Gone } else { Next::Again }));
    }
    let amount = money_in(desk.lang, &refund["amount"], &refund["currency"]);
    let does = one_line(&shown(&review[desk.lang]["rulings"][ruling]));
    let mut what = format!("{}: {ruling} · {amount} · {}\n  {does}\n", shown(&refund["key"]), shown(&refund["tid"]));
    let sends = matches!(ruling, "retry" | "resend");
    if sends {
        let _ = writeln!(what, "  {} {}", said.sends, desk.gateway(desk.lang));
    }
    let agreed = if sends && desk.money != Money::Unreal {
        asked(desk, &format!("{what}{}", said.type_yes)).map(|answer| answer == "yes")
    } else {
        asked(desk, &format!("{what}{}", said.sure)).map(|answer| said::letter(&answer.to_lowercase()) == Some('y'))
    };
    match agreed {
        Err(quit) => return Ok(Err(quit)),
        Ok(false) => {
            desk.terminal.say(said.not_written);
            return Ok(Ok(Next::Again));
        }
        Ok(true) => {}
    }
    let mut arguments =
        Map::from_iter([("key", refund["key"].clone()), ("ruling", ruling.into()), ("by", by.into())].map(named));
    arguments.extend(
        [("note", note), ("remaining", remaining)]
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| named((name, text.into()))),
    );
    match desk.host.verb("resolve", arguments).await {
        Ok(ruled) => {
            desk.terminal.say(&format!("{}\n", said.state(&ruled)));
            Ok(Ok(Next::Ruled))
        }
        Err(Failed(error)) => {
            let why = if error["until"].is_null() { message(&error) } else { said.until(&kst(&error["until"])) };
            desk.terminal.say(&format!("{} {why}\n", said.refused));
            Ok(Ok(Next::Again))
        }
    }
}

fn named((name, value): (&str, Value)) -> (String, Value) {
    (name.to_owned(), value)
}

/// What became of a case that was thought to wait.
fn meanwhile(said: &Said, refund: &Value) -> String {
    let ruled = match refund["ruled_by"].as_str() {
        Some(by) => format!(" · {} {} ({})", shown(&refund["ruling"]), one_line(by), kst(&refund["updated_at"])),
        None => String::new(),
    };
    format!("{}{ruled}", said.state(refund))
}

fn shown_case(desk: &Desk, said: &Said, refund: &Value, journal: &Value, place: &str) -> String {
    let review = &refund["review"][desk.lang];
    let mut text = format!(
        "\n── {place} ── {} ──\n{} · {} · {} {}\n{}\n",
        shown(&refund["key"]),
        money_in(desk.lang, &refund["amount"], &refund["currency"]),
        shown(&refund["tid"]),
        said.since,
        kst(&refund["updated_at"]),
        one_line(&shown(&review["why"])),
    );
    for sentence in review["look_for"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "  - {}", one_line(&shown(sentence)));
    }
    let _ = write!(text, "{}\n{}{}\n", said.journal, words::journal(journal), said.rulings);
    for (ruling, letter) in RULINGS {
        if let Some(does) = review["rulings"][ruling].as_str() {
            let _ = writeln!(text, "  {letter}  {ruling:<7} {}", one_line(does));
        }
    }
    text + said.keys
}
