//! Random operations on the emulator and on a small model of it. After each step both must agree.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::Value;

use crate::support::{ApiResponse, Instance};

/// The expected state of a conversation.
#[derive(Clone, Debug, Default)]
struct Conversation {
    name: Option<String>,
    unique: Option<String>,
    state: State,
    /// Minutes without activity until it is inactive, and when that will be.
    timer: Option<i64>,
    due: Option<i64>,
    messages: BTreeMap<i64, (String, String)>,
    next: i64,
    /// From identity to SID.
    people: BTreeMap<String, String>,
    read: BTreeMap<String, i64>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    #[default]
    Active,
    Inactive,
    Closed,
}

#[derive(Default)]
struct Model {
    conversations: BTreeMap<String, Conversation>,
    /// Minutes since the clock was stopped.
    now: i64,
    /// The latest activity last.
    order: Vec<String>,
}

/// A small generator, seeded the same each time, so that a failing run can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

impl Conversation {
    /// Changes the state, and starts the timer again if that has one.
    fn stir(&mut self, state: State, now: i64) {
        self.state = state;
        self.due = if state == State::Active { self.timer.map(|timer| now + timer) } else { None };
    }
}

impl Model {
    fn is_taken(&self, unique: &str) -> bool {
        self.conversations.values().any(|conversation| conversation.unique.as_deref() == Some(unique))
    }

    fn latest(&mut self, sid: &str) {
        self.order.retain(|known| known != sid);
        self.order.push(sid.to_owned());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_random_steps_agree_with_a_model() {
    let (instance, mut dice, mut model) = (Instance::start().await, Dice(0x5eed_2026), Model::default());
    instance.post("/_emulator/clock", &[("Freeze", "true")]).await.expect(200);
    for step in 0..10_000 {
        let sids: Vec<String> = model.conversations.keys().cloned().collect();
        let context = format!("step {step}");
        if sids.is_empty() || (sids.len() < 12 && dice.roll(8) == 0) {
            create(&instance, &mut dice, &mut model, &context).await;
            compare_latest(&instance, &model, &context).await;
            continue;
        }
        let sid = dice.pick(&sids).clone();
        match dice.roll(12) {
            0 => update(&instance, &mut dice, &mut model, &sid).await,
            1 if dice.roll(4) == 0 => {
                instance.delete(&path(&sid)).await.expect(204);
                model.conversations.remove(&sid);
                model.order.retain(|known| *known != sid);
                instance.get(&path(&sid)).await.expect_error(404, 20404);
            }
            2..=4 => say(&instance, &mut dice, &mut model, &sid, &context).await,
            5 => edit(&instance, &mut dice, &mut model, &sid, &context).await,
            6 => erase(&instance, &mut dice, &mut model, &sid, &context).await,
            7 => join(&instance, &mut dice, &mut model, &sid, &context).await,
            8 => leave(&instance, &mut dice, &mut model, &sid, &context).await,
            9 => read(&instance, &mut dice, &mut model, &sid, &context).await,
            _ => wait(&instance, &mut dice, &mut model).await,
        }
        if model.conversations.contains_key(&sid) {
            // All its messages now and then, the last of them each time.
            let messages = if step % 10 == 0 { usize::MAX } else { 10 };
            compare(&instance, &model, &sid, messages, &context).await;
        }
        compare_latest(&instance, &model, &context).await;
        if step % 50 == 0 {
            compare_list(&instance, &model, &context).await;
        }
    }
    compare_list(&instance, &model, "the end").await;
}

fn path(sid: &str) -> String {
    format!("/v1/Conversations/{sid}")
}

async fn create(instance: &Instance, dice: &mut Dice, model: &mut Model, context: &str) {
    let unique = format!("name {}", dice.roll(10));
    let timer = [None, Some(2), Some(5)][dice.roll(3)];
    let duration = format!("PT{}M", timer.unwrap_or_default());
    let response = instance.post("/v1/Conversations", &[("UniqueName", &unique), ("Timers.Inactive", &duration)]).await;
    if model.is_taken(&unique) {
        response.expect_error(409, 50353);
        return;
    }
    let sid = response.expect(201).text("sid");
    let mut conversation = Conversation { unique: Some(unique), timer, ..Conversation::default() };
    conversation.stir(State::Active, model.now);
    assert!(model.conversations.insert(sid.clone(), conversation).is_none(), "{context}");
    model.latest(&sid);
}

async fn update(instance: &Instance, dice: &mut Dice, model: &mut Model, sid: &str) {
    let name = dice.pick(&["", "x", "a longer name"]).to_string();
    let unique = format!("name {}", dice.roll(10));
    let state = [Some("closed"), Some("inactive"), Some("active")].get(dice.roll(20)).copied().flatten();
    let mut form = vec![("FriendlyName", name.as_str()), ("UniqueName", unique.as_str())];
    form.extend(state.map(|state| ("State", state)));
    let response = instance.post(&path(sid), &form).await;
    let taken = model.is_taken(&unique);
    let conversation = model.conversations.get_mut(sid).unwrap();
    if conversation.state == State::Closed {
        response.expect_error(400, 50377);
    } else if taken && conversation.unique.as_deref() != Some(&unique) {
        response.expect_error(409, 50353);
    } else {
        response.expect(200);
        conversation.name = Some(name).filter(|name| !name.is_empty());
        conversation.unique = Some(unique);
        let state = match state {
            Some("closed") => State::Closed,
            Some("inactive") => State::Inactive,
            Some(_) => State::Active,
            None => conversation.state,
        };
        conversation.stir(state, model.now);
    }
}

async fn say(instance: &Instance, dice: &mut Dice, model: &mut Model, sid: &str, context: &str) {
    let author = format!("user {}", dice.roll(5));
    let body = format!("text {}", dice.roll(1000));
    let response = instance.post(&format!("{}/Messages", path(sid)), &[("Author", &author), ("Body", &body)]).await;
    let conversation = model.conversations.get_mut(sid).unwrap();
    if conversation.state == State::Closed {
        response.expect_error(400, 50377);
        return;
    }
    conversation.stir(State::Active, model.now);
    let response = response.expect(201);
    assert_eq!(response.body["index"], conversation.next, "{context}");
    let participant = conversation.people.get(&author).map_or(Value::Null, |sid| sid.as_str().into());
    assert_eq!(response.body["participant_sid"], participant, "{context}");
    conversation.messages.insert(conversation.next, (response.text("sid"), body));
    conversation.next += 1;
    model.latest(sid);
}

async fn edit(instance: &Instance, dice: &mut Dice, model: &mut Model, sid: &str, context: &str) {
    let conversation = model.conversations.get_mut(sid).unwrap();
    let indexes: Vec<i64> = conversation.messages.keys().copied().collect();
    if indexes.is_empty() {
        return;
    }
    let (message, body) = conversation.messages.get_mut(dice.pick(&indexes)).unwrap();
    *body = format!("edited {}", dice.roll(1000));
    let url = format!("{}/Messages/{message}", path(sid));
    let response = instance.post(&url, &[("Body", body)]).await.expect(200);
    assert_eq!(response.body["body"], **body, "{context}");
}

async fn erase(instance: &Instance, dice: &mut Dice, model: &mut Model, sid: &str, _context: &str) {
    let conversation = model.conversations.get_mut(sid).unwrap();
    let indexes: Vec<i64> = conversation.messages.keys().copied().collect();
    if indexes.is_empty() {
        return;
    }
    let (message, _) = conversation.messages.remove(dice.pick(&indexes)).unwrap();
    let url = format!("{}/Messages/{message}", path(sid));
    instance.delete(&url).await.expect(204);
    instance.delete(&url).await.expect_error(404, 20404);
}

async fn join(instance: &Instance, dice: &mut Dice, model: &mut Model, sid: &str, _context: &str) {
    let identity = format!("user {}", dice.roll(5));
    let response = instance.post(&format!("{}/Participants", path(sid)), &[("Identity", &identity)]).await;
    let conversation = model.conversations.get_mut(sid).unwrap();
    if conversation.state == State::Closed {
        response.expect_error(400, 50377);
    } else {
        match conversation.people.entry(identity) {
            Entry::Occupied(_) => {
                response.expect_error(409, 50433);
            }
            Entry::Vacant(place) => {
                place.insert(response.expect(201).text("sid"));
                if conversation.state == State::Inactive {
                    conversation.stir(State::Active, model.now);
                }
            }
        }
    }
}

async fn leave(instance: &Instance, dice: &mut Dice, model: &mut Model, sid: &str, _context: &str) {
    let identity = format!("user {}", dice.roll(5));
    let url = format!("{}/Participants/{}", path(sid), identity.replace(' ', "%20"));
    let response = instance.delete(&url).await;
    let conversation = model.conversations.get_mut(sid).unwrap();
    conversation.read.remove(&identity);
    match conversation.people.remove(&identity) {
        Some(_) => assert_eq!(response.expect(204).body, Value::Null),
        None => {
            response.expect_error(404, 20404);
        }
    }
}

async fn read(instance: &Instance, dice: &mut Dice, model: &mut Model, sid: &str, context: &str) {
    let conversation = model.conversations.get_mut(sid).unwrap();
    let identity = format!("user {}", dice.roll(5));
    let index = i64::try_from(dice.roll(10)).unwrap();
    let url = format!("/v1/Users/{}/Conversations/{sid}", identity.replace(' ', "%20"));
    let response = instance.post(&url, &[("LastReadMessageIndex", &index.to_string())]).await;
    if !conversation.people.contains_key(&identity) {
        response.expect_error(404, 20404);
    } else if index >= conversation.next {
        response.expect_error(400, 50421);
    } else {
        conversation.read.insert(identity, index);
        let unread = conversation.messages.range(index + 1..).count();
        assert_eq!(response.expect(200).body["unread_messages_count"], unread, "{context}");
    }
}

/// Advances the clock, so that conversations become inactive.
async fn wait(instance: &Instance, dice: &mut Dice, model: &mut Model) {
    let minutes = 1 + i64::try_from(dice.roll(3)).unwrap();
    instance.post("/_emulator/clock", &[("Advance", &format!("PT{minutes}M"))]).await.expect(200);
    model.now += minutes;
    for conversation in model.conversations.values_mut() {
        if conversation.due.is_some_and(|due| due <= model.now) {
            conversation.stir(State::Inactive, model.now);
        }
    }
}

/// Compares one conversation: its properties, its participants, and a number of its messages.
async fn compare(instance: &Instance, model: &Model, sid: &str, count: usize, context: &str) {
    let expected = &model.conversations[sid];
    let response = instance.get(&path(sid)).await.expect(200).body;
    assert_eq!(response["friendly_name"], text(expected.name.as_deref()), "{context}");
    assert_eq!(response["unique_name"], text(expected.unique.as_deref()), "{context}");
    let state = match expected.state {
        State::Active => "active",
        State::Inactive => "inactive",
        State::Closed => "closed",
    };
    assert_eq!(response["state"], state, "{context}");
    assert_eq!(response["timers"]["date_inactive"].is_string(), expected.due.is_some(), "{context}");
    let list = format!("{}/Messages?Order=desc&PageSize={}", path(sid), count.min(100));
    let messages = if count > 100 {
        all(instance, &list, "messages").await
    } else {
        instance.get(&list).await.expect(200).body["messages"].as_array().unwrap().clone()
    };
    let messages: Vec<_> = messages
        .iter()
        .map(|message| (message["index"].clone(), message["sid"].clone(), message["body"].clone()))
        .collect();
    let wanted: Vec<_> = (expected.messages.iter().rev().take(count))
        .map(|(index, (sid, body))| (Value::from(*index), Value::from(sid.as_str()), Value::from(body.as_str())))
        .collect();
    assert_eq!(messages, wanted, "{context}");
    let people = all(instance, &format!("{}/Participants", path(sid)), "participants").await;
    let mut people: Vec<_> =
        people.iter().map(|person| (person["identity"].clone(), person["last_read_message_index"].clone())).collect();
    people.sort_by_key(|(identity, _)| identity.to_string());
    let wanted: Vec<_> = (expected.people.keys())
        .map(|identity| {
            (Value::from(identity.as_str()), expected.read.get(identity).map_or(Value::Null, |index| (*index).into()))
        })
        .collect();
    assert_eq!(people, wanted, "{context}");
}

/// Compares which conversation is the first of the list.
async fn compare_latest(instance: &Instance, model: &Model, context: &str) {
    let list = instance.get("/v1/Conversations?PageSize=1").await.expect(200).body;
    assert_eq!(list["conversations"][0]["sid"].as_str(), model.order.last().map(String::as_str), "{context}");
}

async fn compare_list(instance: &Instance, model: &Model, context: &str) {
    let list = all(instance, "/v1/Conversations?PageSize=3", "conversations").await;
    let listed: Vec<_> = list.iter().rev().map(|conversation| conversation["sid"].as_str().unwrap()).collect();
    assert_eq!(listed, model.order, "{context}");
}

async fn all(instance: &Instance, path: &str, key: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut path = path.to_owned();
    loop {
        let ApiResponse { body, .. } = instance.get(&path).await.expect(200);
        items.extend(body[key].as_array().unwrap().iter().cloned());
        match body["meta"]["next_page_url"].as_str() {
            Some(next) => path = next.strip_prefix(instance.emulator.base_url()).unwrap().to_owned(),
            None => return items,
        }
    }
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}
