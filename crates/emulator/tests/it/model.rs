//! Random operations against the emulator and against a model of it that fits on a page. After each step both must agree.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::Value;

use crate::support::{Answer, World};

/// What a conversation should look like.
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
    let (world, mut dice, mut model) = (World::start().await, Dice(0x5eed_2026), Model::default());
    world.post("/_emulator/clock", &[("Freeze", "true")]).await.expect(200);
    for step in 0..10_000 {
        let sids: Vec<String> = model.conversations.keys().cloned().collect();
        let context = format!("step {step}");
        if sids.is_empty() || (sids.len() < 12 && dice.roll(8) == 0) {
            create(&world, &mut dice, &mut model, &context).await;
            compare_latest(&world, &model, &context).await;
            continue;
        }
        let sid = dice.pick(&sids).clone();
        match dice.roll(12) {
            0 => update(&world, &mut dice, &mut model, &sid).await,
            1 if dice.roll(4) == 0 => {
                world.delete(&path(&sid)).await.expect(204);
                model.conversations.remove(&sid);
                model.order.retain(|known| *known != sid);
                world.get(&path(&sid)).await.refused(404, 20404);
            }
            2..=4 => say(&world, &mut dice, &mut model, &sid, &context).await,
            5 => edit(&world, &mut dice, &mut model, &sid, &context).await,
            6 => erase(&world, &mut dice, &mut model, &sid, &context).await,
            7 => join(&world, &mut dice, &mut model, &sid, &context).await,
            8 => leave(&world, &mut dice, &mut model, &sid, &context).await,
            9 => read(&world, &mut dice, &mut model, &sid, &context).await,
            _ => wait(&world, &mut dice, &mut model).await,
        }
        if model.conversations.contains_key(&sid) {
            // All its messages now and then, the last of them each time.
            let messages = if step % 10 == 0 { usize::MAX } else { 10 };
            compare(&world, &model, &sid, messages, &context).await;
        }
        compare_latest(&world, &model, &context).await;
        if step % 50 == 0 {
            compare_list(&world, &model, &context).await;
        }
    }
    compare_list(&world, &model, "the end").await;
}

fn path(sid: &str) -> String {
    format!("/v1/Conversations/{sid}")
}

async fn create(world: &World, dice: &mut Dice, model: &mut Model, context: &str) {
    let unique = format!("name {}", dice.roll(10));
    let timer = [None, Some(2), Some(5)][dice.roll(3)];
    let duration = format!("PT{}M", timer.unwrap_or_default());
    let answer = world.post("/v1/Conversations", &[("UniqueName", &unique), ("Timers.Inactive", &duration)]).await;
    if model.is_taken(&unique) {
        answer.refused(409, 50353);
        return;
    }
    let sid = answer.expect(201).text("sid");
    let mut conversation = Conversation { unique: Some(unique), timer, ..Conversation::default() };
    conversation.stir(State::Active, model.now);
    assert!(model.conversations.insert(sid.clone(), conversation).is_none(), "{context}");
    model.latest(&sid);
}

async fn update(world: &World, dice: &mut Dice, model: &mut Model, sid: &str) {
    let name = dice.pick(&["", "x", "a longer name"]).to_string();
    let unique = format!("name {}", dice.roll(10));
    let state = [Some("closed"), Some("inactive"), Some("active")].get(dice.roll(20)).copied().flatten();
    let mut form = vec![("FriendlyName", name.as_str()), ("UniqueName", unique.as_str())];
    form.extend(state.map(|state| ("State", state)));
    let answer = world.post(&path(sid), &form).await;
    let taken = model.is_taken(&unique);
    let conversation = model.conversations.get_mut(sid).unwrap();
    if conversation.state == State::Closed {
        answer.refused(400, 50377);
    } else if taken && conversation.unique.as_deref() != Some(&unique) {
        answer.refused(409, 50353);
    } else {
        answer.expect(200);
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

async fn say(world: &World, dice: &mut Dice, model: &mut Model, sid: &str, context: &str) {
    let author = format!("user {}", dice.roll(5));
    let body = format!("text {}", dice.roll(1000));
    let answer = world.post(&format!("{}/Messages", path(sid)), &[("Author", &author), ("Body", &body)]).await;
    let conversation = model.conversations.get_mut(sid).unwrap();
    if conversation.state == State::Closed {
        answer.refused(400, 50377);
        return;
    }
    conversation.stir(State::Active, model.now);
    let answer = answer.expect(201);
    assert_eq!(answer.body["index"], conversation.next, "{context}");
    let participant = conversation.people.get(&author).map_or(Value::Null, |sid| sid.as_str().into());
    assert_eq!(answer.body["participant_sid"], participant, "{context}");
    conversation.messages.insert(conversation.next, (answer.text("sid"), body));
    conversation.next += 1;
    model.latest(sid);
}

async fn edit(world: &World, dice: &mut Dice, model: &mut Model, sid: &str, context: &str) {
    let conversation = model.conversations.get_mut(sid).unwrap();
    let indexes: Vec<i64> = conversation.messages.keys().copied().collect();
    if indexes.is_empty() {
        return;
    }
    let (message, body) = conversation.messages.get_mut(dice.pick(&indexes)).unwrap();
    *body = format!("edited {}", dice.roll(1000));
    let url = format!("{}/Messages/{message}", path(sid));
    let answer = world.post(&url, &[("Body", body)]).await.expect(200);
    assert_eq!(answer.body["body"], **body, "{context}");
}

async fn erase(world: &World, dice: &mut Dice, model: &mut Model, sid: &str, _context: &str) {
    let conversation = model.conversations.get_mut(sid).unwrap();
    let indexes: Vec<i64> = conversation.messages.keys().copied().collect();
    if indexes.is_empty() {
        return;
    }
    let (message, _) = conversation.messages.remove(dice.pick(&indexes)).unwrap();
    let url = format!("{}/Messages/{message}", path(sid));
    world.delete(&url).await.expect(204);
    world.delete(&url).await.refused(404, 20404);
}

async fn join(world: &World, dice: &mut Dice, model: &mut Model, sid: &str, _context: &str) {
    let identity = format!("user {}", dice.roll(5));
    let answer = world.post(&format!("{}/Participants", path(sid)), &[("Identity", &identity)]).await;
    let conversation = model.conversations.get_mut(sid).unwrap();
    if conversation.state == State::Closed {
        answer.refused(400, 50377);
    } else {
        match conversation.people.entry(identity) {
            Entry::Occupied(_) => {
                answer.refused(409, 50433);
            }
            Entry::Vacant(place) => {
                place.insert(answer.expect(201).text("sid"));
                if conversation.state == State::Inactive {
                    conversation.stir(State::Active, model.now);
                }
            }
        }
    }
}

async fn leave(world: &World, dice: &mut Dice, model: &mut Model, sid: &str, _context: &str) {
    let identity = format!("user {}", dice.roll(5));
    let url = format!("{}/Participants/{}", path(sid), identity.replace(' ', "%20"));
    let answer = world.delete(&url).await;
    let conversation = model.conversations.get_mut(sid).unwrap();
    conversation.read.remove(&identity);
    match conversation.people.remove(&identity) {
        Some(_) => assert_eq!(answer.expect(204).body, Value::Null),
        None => {
            answer.refused(404, 20404);
        }
    }
}

async fn read(world: &World, dice: &mut Dice, model: &mut Model, sid: &str, context: &str) {
    let conversation = model.conversations.get_mut(sid).unwrap();
    let identity = format!("user {}", dice.roll(5));
    let index = i64::try_from(dice.roll(10)).unwrap();
    let url = format!("/v1/Users/{}/Conversations/{sid}", identity.replace(' ', "%20"));
    let answer = world.post(&url, &[("LastReadMessageIndex", &index.to_string())]).await;
    if !conversation.people.contains_key(&identity) {
        answer.refused(404, 20404);
    } else if index >= conversation.next {
        answer.refused(400, 50421);
    } else {
        conversation.read.insert(identity, index);
        let unread = conversation.messages.range(index + 1..).count();
        assert_eq!(answer.expect(200).body["unread_messages_count"], unread, "{context}");
    }
}

/// Time goes by, so that conversations fall asleep.
async fn wait(world: &World, dice: &mut Dice, model: &mut Model) {
    let minutes = 1 + i64::try_from(dice.roll(3)).unwrap();
    world.post("/_emulator/clock", &[("Advance", &format!("PT{minutes}M"))]).await.expect(200);
    model.now += minutes;
    for conversation in model.conversations.values_mut() {
        if conversation.due.is_some_and(|due| due <= model.now) {
            conversation.stir(State::Inactive, model.now);
        }
    }
}

/// Compares one conversation: itself, who is in it, and so many of its messages.
async fn compare(world: &World, model: &Model, sid: &str, count: usize, context: &str) {
    let expected = &model.conversations[sid];
    let answer = world.get(&path(sid)).await.expect(200).body;
    assert_eq!(answer["friendly_name"], text(expected.name.as_deref()), "{context}");
    assert_eq!(answer["unique_name"], text(expected.unique.as_deref()), "{context}");
    let state = match expected.state {
        State::Active => "active",
        State::Inactive => "inactive",
        State::Closed => "closed",
    };
    assert_eq!(answer["state"], state, "{context}");
    assert_eq!(answer["timers"]["date_inactive"].is_string(), expected.due.is_some(), "{context}");
    let list = format!("{}/Messages?Order=desc&PageSize={}", path(sid), count.min(100));
    let messages = if count > 100 {
        all(world, &list, "messages").await
    } else {
        world.get(&list).await.expect(200).body["messages"].as_array().unwrap().clone()
    };
    let messages: Vec<_> = messages
        .iter()
        .map(|message| (message["index"].clone(), message["sid"].clone(), message["body"].clone()))
        .collect();
    let wanted: Vec<_> = (expected.messages.iter().rev().take(count))
        .map(|(index, (sid, body))| (Value::from(*index), Value::from(sid.as_str()), Value::from(body.as_str())))
        .collect();
    assert_eq!(messages, wanted, "{context}");
    let people = all(world, &format!("{}/Participants", path(sid)), "participants").await;
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
async fn compare_latest(world: &World, model: &Model, context: &str) {
    let list = world.get("/v1/Conversations?PageSize=1").await.expect(200).body;
    assert_eq!(list["conversations"][0]["sid"].as_str(), model.order.last().map(String::as_str), "{context}");
}

async fn compare_list(world: &World, model: &Model, context: &str) {
    let list = all(world, "/v1/Conversations?PageSize=3", "conversations").await;
    let listed: Vec<_> = list.iter().rev().map(|conversation| conversation["sid"].as_str().unwrap()).collect();
    assert_eq!(listed, model.order, "{context}");
}

async fn all(world: &World, path: &str, key: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut path = path.to_owned();
    loop {
        let Answer { body, .. } = world.get(&path).await.expect(200);
        items.extend(body[key].as_array().unwrap().iter().cloned());
        match body["meta"]["next_page_url"].as_str() {
            Some(next) => path = next.strip_prefix(world.emulator.base_url()).unwrap().to_owned(),
            None => return items,
        }
    }
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}
