-- Messages by every channel: what steps say without a template.

-- What a step of a campaign says in words of its own
create table step_words (
    campaign varchar not null, -- id
    version integer not null,  -- version of the campaign
    step integer not null,     -- number of the step
    channel varchar not null,  -- sms, …
    words varchar not null     -- parts of the message by name, templates all of them: a JSON object
);

comment on column message.channel is 'email, sms, …';
comment on column message.template is 'name of the template; empty: what the step says, see step_words';
