"""Each kind of mistake in a project, and exactly what smc says about it.

A case changes some files of ``base``; what is expected lies in ``expected/NAME.txt`` (``--update-golden`` writes it).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from smc.project import check_project

HERE = Path(__file__).parent
Change = Callable[[Path], None]


def swap(file: str, old: str, new: str) -> Change:
    """Replace a text that stands once in a file."""

    def change(root: Path) -> None:
        path = root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def write(file: str, text: str | bytes) -> Change:
    def change(root: Path) -> None:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(text.encode() if isinstance(text, str) else text)

    return change


def remove(file: str) -> Change:
    return lambda root: (root / file).unlink()


def move(file: str, to: str) -> Change:
    def change(root: Path) -> None:
        (root / file).rename(root / to)

    return change


def instead_a_folder(file: str) -> Change:
    def change(root: Path) -> None:
        (root / file).unlink()
        (root / file).mkdir()

    return change


SMC, SEGMENTS, BIRTHDAY, SPRING = "smc.yaml", "segments/main.yaml", "campaigns/birthday.yaml", "mailings/spring.yaml"
RECEIPTS, CUSTOMERS, HELLO = "feeds/receipts.yaml", "feeds/customers.yaml", "templates/hello/template.yaml"
BODY = "templates/hello/body.html"
ANNIVERSARY = "anniversary: {of: birth_date, offset: -3}"
FROM_OUTSIDE = "password: '${env:SMC_TEST_SECRET}'"
SEVERAL = "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))


def _end(file: str, *lines: str) -> Change:
    """More lines at the end of a file."""

    def change(root: Path) -> None:
        path = root / file
        path.write_text("\n".join((path.read_text(encoding="utf-8").rstrip("\n"), *lines, "")), encoding="utf-8")

    return change


def _variants(one: str, other: str, template: str = "hello") -> Change:
    """Two variants instead of the template."""
    arms = f"[{{name: a, share: {one}%, template: hello}}, {{name: b, share: {other}%, template: {template}}}]"
    return swap(SPRING, "template: hello", f"variants:\n  salt: s\n  arms: {arms}")


def _step(text: str) -> Change:
    """One more step at the end of the campaign."""
    return _end(BIRTHDAY, f"  - {text}")


_sms = _end("channels.yaml", "sms: {title: SMS, route: {console: {}}}")
_calls = _end(SMC, "calls: {lists: {vip: Vip}, files: {local: {path: out}}}")


def _rule(text: str) -> Callable[[Path], None]:
    """Another rule of the segment of loyal customers."""
    return swap(SEGMENTS, "rfm: {cell: champions}", text[1:-1])


CASES: dict[str, tuple[Change, ...]] = {
    # the text of a file
    "empty_file": (write("metrics.yaml", ""),),
    "only_comments": (write("rfm.yaml", "# later\n"),),
    "tab_indentation": (swap(SMC, "  service:", "\tservice:"),),
    "wrong_indentation": (swap(SMC, "  service:", "   service:"),),
    "colon_in_text": (swap(SMC, "title: Corner shop", "title: Corner: the shop"),),
    "quote_not_closed": (swap(SPRING, "title: Spring", "title: 'Spring"),),
    "bracket_not_closed": (swap(SPRING, "[dairy]", "[dairy"),),
    "not_utf_8": (write("fields.yaml", b"customer:\n  caf\xe9: {title: x, type: string}\n"),),
    "utf_16": (write("fields.yaml", "customer: {}".encode("utf-16")),),
    "binary": (write("segments/main.yaml", b"PAR1\x15\0\0\0"),),
    "control_character": (swap(SPRING, "Spring", "Spr\x07ing"),),
    "too_large": (write("fields.yaml", "#" * 1_000_001),),
    "alias_bomb": (write("metrics.yaml", SEVERAL),),
    "alias_unknown": (swap(SPRING, "audience: families", "audience: *families"),),
    "python_tag": (swap(SPRING, "title: Spring", "title: !!python/object/apply:os.getcwd []"),),
    "two_documents": (swap(SPRING, "category: news", "---\ncategory: news"),),
    "duplicate_key": (swap(SPRING, "template: hello", "template: hello\naudience: loyal"),),
    "merge_key": (swap(SPRING, "category: news", "<<: {category: news}"),),
    "list_instead_of_mapping": (write("rfm.yaml", "- period: 365\n"),),
    "unreadable_file": (instead_a_folder("channels.yaml"),),
    # duplicates
    "weak_rule_of_duplicates": (write("duplicates.yaml", "rules:\n  phone: {same: [phone, last_name]}\n"),),
    "weak_rule_by_first_name": (
        write("duplicates.yaml", "rules:\n  name: {same: [email, first_name]}\n  card: {same: [card]}\n"),
    ),
    "unknown_signs": (
        write(
            "duplicates.yaml",
            "rules:\n  mail: {same: [emial, birth_date]}\nstrong: [custom.passport]\nconflict: [city]\n"
            "fields: {zip: newest}\nignore: {birth_date: [never]}\n",
        ),
    ),
    # secrets
    "missing_secret": (swap(SMC, "SMC_TEST_SECRET", "SMC_OTHER_SECRET"),),
    "missing_secret_file": (swap(SMC, "env:SMC_TEST_SECRET", "file:link_secret"),),
    "secret_in_the_file": (swap(SMC, "${env:SMC_TEST_SECRET}", "a-very-secret-secret"),),
    "broken_reference": (swap(SMC, "${env:SMC_TEST_SECRET}", "${SMC_TEST_SECRET}"),),
    # the form
    "unknown_key": (swap(SEGMENTS, "at_least: 6", "at_leat: 6"),),
    "name_of_a_field_for_its_key": (
        swap("smc.yaml", "timezone:", "imports: {parallel: 2}\ntimezone:"),
        swap(CUSTOMERS, "  customer_id: id\n", "  customer_id: id\n  full_name: {join: [a, b], separator: x}\n"),
        swap(SEGMENTS, "at_least: 6", "in_: [6]"),
    ),
    "unknown_condition": (swap(SEGMENTS, "tag: complained", "tagg: complained"),),
    "unknown_step": (swap(BIRTHDAY, "- wait:", "- pause:"),),
    "unknown_trigger": (swap(BIRTHDAY, "  anniversary:", "  aniversary:"),),
    "trigger_without_its_data": (swap(BIRTHDAY, ANNIVERSARY, "price_changed: {of: {viewed: 30 days}}"),),
    "trigger_of_a_date_that_is_none": (swap(BIRTHDAY, "of: birth_date", "of: city"),),
    "cron_with_hours": (swap(BIRTHDAY, ANNIVERSARY, "repeat: {cron: 0 9 * * MON, segment: loyal}"),),
    "cron_that_never_comes": (swap(BIRTHDAY, ANNIVERSARY, "repeat: {cron: 0 0 30 2 *, segment: loyal}"),),
    "unknown_cell_of_rfm": (swap(BIRTHDAY, ANNIVERSARY, "rfm_cell: {to: lots}"),),
    "test_of_a_campaign_with_a_stranger": (
        _end(BIRTHDAY, "tests: {t: {nights: [{as_of: 2026-03-01, expect: {entered: [anna]}}]}}"),
    ),
    "address_as_host": (swap(RECEIPTS, "{local: {path: drops}}", "{ftp: {host: 'ftp://shop:pw@ftp.example.com'}}"),),
    "password_in_database": (
        swap(RECEIPTS, "{local: {path: drops}}", "{mysql: {database: 'd password=x', user: u, query: q}}"),
    ),
    "unknown_source": (swap(RECEIPTS, "{local: {path: drops}}", "{gopher: {host: x}}"),),
    "missing_key": (swap(SPRING, "audience: families\n", ""),),
    "missing_key_at_the_top": (swap(SMC, "timezone: Europe/Berlin\n", ""),),
    "misspelt_key": (swap(SMC, "timezone:", "timezon:"),),
    "two_conditions_in_one": (swap(SEGMENTS, "        - in_segment: loyal", "          in_segment: loyal"),),
    "two_operators": (swap(SEGMENTS, "at_least: 6", "at_least: 6, less: 9"),),
    "no_operator": (swap(SEGMENTS, ", at_least: 6", ""),),
    "tag_added_and_removed": (swap(BIRTHDAY, "{add: congratulated}", "{add: congratulated, remove: news}"),),
    "empty_list": (swap(SEGMENTS, "cell: champions", "recency: []"),),
    "empty_value": (swap(SPRING, "audience: families", "audience:"),),
    "mapping_instead_of_list": (swap(SPRING, "exclude: [dairy]", "exclude: {dairy: true}"),),
    "text_instead_of_list": (swap(SPRING, "exclude: [dairy]", "exclude: dairy"),),
    "number_instead_of_text": (swap(SPRING, "title: Spring", "title: 2026"),),
    "text_instead_of_number": (swap("rfm.yaml", "recency: [1]", "recency: ['1']"),),
    "yes_instead_of_true": (swap(BIRTHDAY, "category: news", "category: news\nactive: yes"),),
    "text_instead_of_mapping": (swap(BIRTHDAY, "{template: hello}", "hello"),),
    "bad_choice": (swap("fields.yaml", "type: integer", "type: int"),),
    "bad_date": (swap(SPRING, "2026-03-01", "2026-02-30"),),
    "bad_date_form": (swap(SPRING, "2026-03-01", "1.3.2026"),),
    "bad_percent": (swap(BIRTHDAY, "10%", "ten"),),
    "percent_too_large": (swap(BIRTHDAY, "10%", "60%"),),
    "bad_time": (swap(SMC, "09:30", "9.30"),),
    "bad_length_of_time": (swap(BIRTHDAY, "7 days", "1 month"),),
    "bad_currency": (swap(SMC, "EUR", "euro"),),
    "bad_memory": (swap(SMC, "send_at: 09:30", "warehouse: {memory: 4}"),),
    "bad_memory_unit": (swap(SMC, "send_at: 09:30", "warehouse: {memory: 4 gigs}"),),
    "bad_address": (swap(SMC, "https://", "http://"),),
    "bad_name": (swap(SEGMENTS, "  dairy:\n", "  Dairy lovers:\n"),),
    "score_out_of_range": (swap("rfm.yaml", "recency: [1]", "recency: [0]"),),
    "bounds_crossed": (swap(SEGMENTS, "{at_least: 3}", "{at_least: 3, at_most: 2}"),),
    "nothing_to_unsubscribe": (swap(SMC, "  url: https://shop.example.com/stop\n", ""),),
    "password_without_tls": (
        swap("channels.yaml", "file: {folder: data/letters}", f"smtp: {{host: x, user: a, {FROM_OUTSIDE}, tls: none}}"),
    ),
    "format_of_another_kind": (swap(RECEIPTS, '{delimiter: ";", decimal: ","}', "{kind: parquet, skip: 1}"),),
    "no_header_no_columns": (swap(RECEIPTS, 'decimal: ","', 'decimal: ",", header: false'),),
    "decimal_is_thousands": (swap(RECEIPTS, 'decimal: ","', 'decimal: ",", thousands: ","'),),
    "trailer_without_rows": (swap(RECEIPTS, 'decimal: ","', 'decimal: ",", trailer: END'),),
    "feed_zone_unknown": (swap(RECEIPTS, 'decimal: ","', 'decimal: ",", timezone: Europe/Berln'),),
    "delimiter_too_long": (swap(RECEIPTS, '";"', '";;"'),),
    # the files of a project
    "no_project": (remove(SMC),),
    "wrong_extension": (move(RECEIPTS, "feeds/receipts.yml"),),
    "wrong_extension_at_the_top": (move("rfm.yaml", "rfm.yml"),),
    "unknown_file": (move("metrics.yaml", "metric.yaml"),),
    "stray_file": (write("segments/notes.txt", "x"),),
    "misspelt_folder": (write("campaign/other.yaml", "title: x\n"),),
    "folder_in_a_folder": (write("feeds/old/receipts.yaml", "title: x\n"),),
    "file_name_no_name": (move(RECEIPTS, "feeds/Receipts-2026.yaml"),),
    "template_without_body": (remove(BODY),),
    "template_without_settings": (remove(HELLO),),
    "template_stray_file": (write("templates/hello/body.htm", "x"),),
    "template_not_a_folder": (write("templates/hello.html", "x"),),
    "template_not_utf_8": (write(BODY, b"<p>caf\xe9</p>"),),
    # meaning
    "bad_zone": (swap(SMC, "Europe/Berlin", "Europe/Berln"),),
    "cap_unknown_channel": (swap(SMC, "channel: email", "channel: sms"),),
    "cap_of_zero": (swap(SMC, "messages: 2", "messages: 0"),),
    "cap_without_length": (swap(SMC, "    days: 1 week\n", ""),),
    "cap_of_hours_by_calendar": (swap(SMC, "days: 1 week", "hours: 24\n    per: calendar_day"),),
    "holiday_malformed": (swap(SMC, "caps:", "sending:\n  holidays:\n    - {dates: [25.12.2026]}\ncaps:"),),
    "sending_unknown_names": (
        swap(SMC, "caps:", "sending:\n  windows: [{channel: sms}]\n  quiet_hours: [{category: newz, from: '21:00', "
             "until: '09:00'}]\ncaps:"),
    ),
    "quiet_all_day": (swap(SMC, "caps:", "sending:\n  quiet_hours: [{from: '09:00', until: '09:00'}]\ncaps:"),),
    "nothing_ever_goes_out": (
        swap(SMC, "caps:", "sending:\n  windows: [{category: news, from: '22:00', until: '23:00'}]\n  quiet_hours:\n"
             "    - {from: '21:00', until: '09:00'}\ncaps:"),
    ),
    "window_never_opens": (
        swap(SMC, "caps:", "sending:\n  windows: [{weekdays: [monday], from: '10:00', until: '18:00'}]\ncaps:"),
        swap(SPRING, "category: news", "category: news\nwindow: {weekdays: [tuesday]}"),
    ),
    "category_without_consent_data": (remove("feeds/subscriptions.yaml"),),
    "control_group_without_salt": (swap(BIRTHDAY, "{percent: 10%, salt: birthday-1}", "{percent: 10%}"),),
    "control_group_of_an_unknown_tag": (swap(BIRTHDAY, "{percent: 10%, salt: birthday-1}", "{tag: complaint}"),),
    "two_global_control_groups": (
        swap(SMC, "caps:", "global_control: {percent: 5%, salt: s}\ncaps:"),
        write("feeds/control.yaml", "title: Control\nobject: control_member\nsource: {local: {path: drops}}\n"
              "files: control*.csv\nfields: {customer_id: id}\n"),
    ),
    "cap_unknown_category": (swap(SMC, "category: news", "category: newz"),),
    "unknown_field": (swap(SEGMENTS, "field: children", "field: childs"),),
    "unknown_metric": (swap(SEGMENTS, "receipts_365d", "receipts_36d"),),
    "unknown_cell": (swap(SEGMENTS, "cell: champions", "cell: champion"),),
    "unknown_segment_in_rule": (swap(SEGMENTS, "in_segment: loyal", "in_segment: loyl"),),
    "unknown_tag": (swap(SEGMENTS, "tag: complained", "tag: complaned"),),
    "unknown_channel_in_rule": (swap(SEGMENTS, "channel: email", "channel: mail"),),
    "unknown_category_in_rule": (swap(SEGMENTS, "category: news", "category: newsletter"),),
    "wrong_operator_for_type": (swap(SEGMENTS, "at_least: 1}", "starts_with: a}"),),
    "wrong_value_for_type": (swap(SEGMENTS, "at_least: 1}", "equals: many}"),),
    "rows_unknown_field": (_rule("{receipt: {where: {totl: {more: 5}}}}"),),
    "rows_unknown_fact_key": (_rule("{event: {nam: x}}"),),
    "rows_text_for_number": (_rule("{receipt: {where: {total: {more: '5'}}}}"),),
    "rows_operator_for_type": (_rule("{receipt: {where: {total: {contains: '5'}}}}"),),
    "rows_unknown_status": (_rule("{receipt: {where: {status: payed}}}"),),
    "rows_status_not_listed": (_rule("{ordered: {payment: done}}"),),
    "rows_empty_list": (_rule("{event: {name: []}}"),),
    "rows_empty_where": (_rule("{event: {where: {}}}"),),
    "rows_days_reversed": (_rule("{event: {between: [today, 30 days ago]}}"),),
    "rows_two_windows": (_rule("{event: {within: 7 days, since: 2017-01-01}}"),),
    "rows_no_date": (_rule("{event: {since: soon}}"),),
    "rows_without_day": (_rule("{bonus: {within: 7 days}}"),),
    "rows_everybody": (_rule("{event: {count: {at_least: 0}}}"),),
    "rows_bounds_crossed": (_rule("{event: {count: {at_least: 3, at_most: 1}}}"),),
    "rows_sum_of_text": (_rule("{receipt: {sum: {field: source, at_least: 1}}}"),),
    "rows_unknown_mart": (_rule("{mart: {name: pets}}"),),
    "campaign_unknown": (_rule("{campaign: {name: birthdy}}"),),
    "together_and_beside": (_rule("{bought: {brand: x, same_receipt: [{category: a}]}}"),),
    "together_empty": (_rule("{bought: {same_receipt: []}}"),),
    "line_unknown_field": (_rule("{bought: {category: dairy, line: {prize: {more: 10}}}}"),),
    "anniversary_of_text": (_rule("{attribute: {field: city, anniversary: {within: 7}}}"),),
    "anniversary_reversed": (
        _rule("{attribute: {field: birth_date, anniversary: {between: [in 7 days, today]}}}"),
    ),
    "reachable_unknown_category": (_rule("{reachable: {channel: email, category: newz}}"),),
    "contacted_unknown_channel": (_rule("{contacted: {channel: fax}}"),),
    "dictionary_of_number": (_rule("{dictionary: {field: children, name: sizes}}"),),
    "sql_two_statements": (_rule("{sql: select customer_id from receipts; drop table receipt}"),),
    "sql_no_select": (_rule("{sql: delete from receipts}"),),
    "sql_reads_files": (_rule("{sql: \"select customer_id from read_csv('/etc/passwd')\"}"),),
    "sql_unknown_table": (_rule("{sql: select customer_id from recipts}"),),
    "sql_unknown_column": (_rule("{sql: select customer_id from receipts where totl > 5}"),),
    "sql_clock": (_rule("{sql: select customer_id from receipts where day = current_date}"),),
    "sql_other_columns": (_rule("{sql: 'select customer_id, total from receipts'}"),),
    "sql_broken": (_rule("{sql: select customer_id from receipts where (total > 5}"),),
    "cycle_of_segments": (
        swap(SEGMENTS, "- metric: {name: dairy_share, more: 0.5}", "- in_segment: families"),
        swap(SEGMENTS, "in_segment: loyal", "in_segment: dairy"),
    ),
    "segment_twice": (write("segments/more.yaml", "segments:\n  loyal: {title: Again, rule: {tag: complained}}\n"),),
    "unknown_segment_in_filter": (swap(BIRTHDAY, "in_segment: loyal", "in_segment: royal"),),
    "unknown_segment_in_mailing": (swap(SPRING, "audience: families", "audience: family"),),
    "unknown_template": (swap(SPRING, "template: hello", "template: helo"),),
    "unknown_category": (swap(BIRTHDAY, "category: news", "category: service_news"),),
    "no_channel": (remove("channels.yaml"),),
    "variants_not_whole": (_variants("50", "40"),),
    "variants_beside_a_template": (_variants("50", "50"), _end(SPRING, "template: hello")),
    "variant_without_a_template": (_variants("50", "50", "helo"),),
    "winner_by_opens": (_variants("50", "50"), _end(SPRING, "  winner: {by: opened, test: 20%, after: 2 days}")),
    "limit_too_small_for_a_winner": (
        _variants("50", "50"),
        _end(SPRING, "  winner: {by: buyers, test: 20%, after: 2 days}", "limit: 900"),
    ),
    "lifetime_longer_than_the_channels": (_end(SPRING, "lifetime: 3 weeks"),),
    "status_unknown": (_end(SPRING, "status: sent"),),
    "one_salt_for_two_draws": (_variants("50", "50"), _end(SPRING, "control_group: {percent: 10%, salt: s}")),
    "mailing_with_active": (_end(SPRING, "active: false"),),
    "unknown_watcher": (_end(SPRING, "watchers: [boss]"),),
    "attachment_not_there": (_end(SPRING, "attachments: [files/prices.pdf]"),),
    "attachments_too_large": (
        write("files/a.pdf", b"x" * 6_000_000),
        write("files/b.pdf", b"x" * 6_000_000),
        _end(SPRING, "attachments: [files/a.pdf, files/b.pdf]"),
    ),
    "sender_of_a_variant": (_variants("50", "50", "hello, sender: nobody"),),
    "subject_of_a_variant": (_variants("50", "50", "hello, subject: 'Dear {{ customer.frist_name }}'"),),
    "winner_without_a_rest": (_variants("50", "50"), _end(SPRING, "  winner: {by: buyers, test: 100%, after: 2 days}")),
    "excluded_audience": (swap(SPRING, "[dairy]", "[families]"),),
    "dates_crossed": (swap(BIRTHDAY, "category:", "valid_from: 2026-02-01\nvalid_to: 2026-01-01\ncategory:"),),
    "campaign_id_twice": (swap(SPRING, "title: Spring", "id: birthday\ntitle: Spring"),),
    "unknown_object": (swap(RECEIPTS, "object: receipt", "object: reciept"),),
    "required_field_not_mapped": (swap(RECEIPTS, "  purchased_at: at\n", ""),),
    "unknown_field_in_feed": (swap(CUSTOMERS, "birth_date:", "birthdate:"),),
    "unknown_custom_field": (swap(CUSTOMERS, "custom.children", "custom.childs"),),
    "pattern_with_folder": (swap(RECEIPTS, "receipts_*.csv", "drops/receipts_*.csv"),),
    "unknown_metric_in_expression": (swap("metrics.yaml", "revenue_365d", "revenue_36d"),),
    "broken_expression": (swap("metrics.yaml", "dairy_revenue / revenue_365d", "dairy_revenue /"),),
    "aggregate_without_field": (swap("metrics.yaml", "    field: amount\n", ""),),
    "metric_over_nothing": (swap("metrics.yaml", "over: lines", "over: line"),),
    "metric_list_empty": (
        swap(
            "metrics.yaml",
            "where: {category: dairy}",
            "where: {brand: {in: []}, "
            "day: {more: 2026-02-01, less: 2026-01-01}}",
        ),
    ),
    "metric_tests_that_cannot_hold": (
        swap(
            "metrics.yaml",
            "where: {category: dairy}",
            "where: {amount: cheap, brnd: Acme, quantity: {contains: x}, status: {in: [payed, 7]}, "
            "day: {more: 2026-02-01, less: 2026-01-01}}",
        ),
    ),
    "metric_window_without_time": (
        swap("metrics.yaml", "over: lines\n    field: amount", "over: bonuses\n    field: active"),
        swap("metrics.yaml", "    where: {category: dairy}\n", ""),
    ),
    "metric_window_too_long": (swap("metrics.yaml", "window: 365 days", "window: 40000 days"),),
    "number_too_long": (swap("metrics.yaml", "dairy_revenue / revenue_365d", "revenue * 1234567890123456.5"),),
    "metric_of_two_kinds": (swap("metrics.yaml", "penetration: dairy", "penetration: dairy, expression: receipts"),),
    "metric_named_as_built_in": (
        swap("metrics.yaml", "dairy_share:", "revenue:"),
        swap(SEGMENTS, "dairy_share", "revenue"),
    ),
    "unknown_template_variable": (swap(BODY, "customer.first_name", "customer.firstname"),),
    "template_syntax": (swap(BODY, "{{ unsubscribe_url }}", "{{ unsubscribe_url }"),),
    "bad_sender": (swap("channels.yaml", "Corner shop <news@example.com>", "Corner shop"),),
    # other channels than e-mail
    "channel_that_is_not_set_up": (_step("sms: {text: Hello}"),),
    "text_message_without_words": (_sms, _step("sms: {}")),
    "text_message_with_two_texts": (_sms, _step("sms: {text: Hello, template: hello}")),
    "text_message_with_a_letter": (_sms, _step("sms: {template: hello}")),
    "letter_with_a_text": (
        write("templates/note/template.yaml", "title: Note\n"), write("templates/note/body.txt", "Hello\n"),
        _step("email: {template: note}"),
    ),
    "text_with_a_subject": (
        write("templates/note/template.yaml", "title: Note\nsubject: Hi\n"), write("templates/note/body.txt", "Hi\n"),
    ),
    "letter_without_a_subject": (swap(HELLO, "subject", "preheader"),),
    "words_with_an_unknown_variable": (_sms, _step("sms: {text: 'Hello {{ customer.frist_name }}'}")),
    "words_that_cannot_be_read": (_sms, _step("sms: {text: 'Hello {{ customer.first_name }'}")),
    "words_with_a_code_that_nothing_gives": (_sms, _step("sms: {text: 'Code {{ promocode }}'}")),
    "data_of_a_push_message_with_an_unknown_variable": (
        _end("channels.yaml", "push: {title: Push, route: {console: {}}}"),
        _step("push: {text: Hello, data: {tier: '{{ customer.teir }}'}}"),
    ),
    "push_message_without_a_text": (
        _end("channels.yaml", "push: {title: Push, route: {console: {}}}"), _step("push: {title: Hello}"),
    ),
    "cascade_that_tries_twice": (
        _sms, _step("cascade: {tries: [{sms: {text: A}, within: 1 hour}, {sms: {text: B}}]}"),
    ),
    "cascade_without_time": (_sms, _step("cascade: {tries: [{sms: {text: A}}, {email: {template: hello}}]}")),
    "cascade_that_waits_at_its_end": (
        _sms,
        _step("cascade: {tries: [{sms: {text: A}, within: 1 hour}, {email: {template: hello}, within: 1 hour}]}"),
    ),
    "cascade_until_delivered": (
        _sms,
        _step("cascade: {until: delivered, tries: [{sms: {text: A}, within: 1 hour}, {email: {template: hello}}]}"),
    ),
    "try_without_a_message": (
        _sms, _step("cascade: {tries: [{within: 1 hour}, {email: {template: hello}}]}"),
    ),
    "try_by_a_channel_that_is_not_set_up": (
        _step("cascade: {tries: [{sms: {text: A}, within: 1 hour}, {email: {template: hello}}]}"),
    ),
    "status_that_nobody_knows": (_step("message_status: {is: opened}"),),
    "status_of_no_message": (swap(BIRTHDAY, "- email: {template: hello}", "- message_status: {is: sent}"),),
    "status_of_a_message_of_some": (
        swap(BIRTHDAY, "- email: {template: hello}",
             "- split: {salt: s, arms: [{name: a, share: 50%, steps: [email: {template: hello}, wait: 1]}, "
             "{name: b, share: 50%}]}"),
        _step("message_status: {is: sent}"),
    ),
    "status_of_a_message_that_is_new": (swap(BIRTHDAY, "- wait: 7 days", "- message_status: {is: sent}"),),
    "sender_that_no_phone_shows": (
        _end("channels.yaml", "sms: {title: SMS, sender: Corner shop ltd., route: {console: {}}}"),
    ),
    # what is no message
    "unknown_group_of_promocodes": (
        write("promocodes.yaml", "groups: {birthday: {title: B}}\n"), _step("promocode: {group: birtday}"),
    ),
    "promocode_that_nothing_gives": (swap(BODY, "customer.first_name", "promocode"),),
    "format_of_promocodes": (
        write("promocodes.yaml", "groups: {b: {title: B, format: {prefix: b, alphabet: AABBCCDDEEFF}}}\n"),
    ),
    "field_that_is_not_writable": (_step("attribute: {set: {club: true}}"),),
    "accruals_without_a_place": (_step("points: {amount: 10}"),),
    "note_with_an_unknown_variable": (_calls, _step("call: {list: vip, note: '{{ customer.frist_name }}'}")),
    "list_of_calls_from_a_queue": (
        _end(SMC, "calls:", "  lists: {vip: V}"),
        _end(SMC, f"  files: {{rabbitmq: {{host: h, queue: q, user: u, {FROM_OUTSIDE}}}}}"),
    ),
    "webhook_without_tls": (
        _end(SMC, "webhooks: {crm: {url: 'http://crm.example.com', secret: '${env:SMC_TEST_SECRET}'}}"),
    ),
    "webhook_with_certificates_that_are_not_there": (
        _end(SMC, "webhooks: {crm: {url: 'https://h', secret: '${env:SMC_TEST_SECRET}', ca_file: not/there.pem}}"),
    ),
    "webhook_with_its_secret_in_the_file": (
        _end(SMC, "webhooks: {crm: {url: 'https://crm.example.com', secret: 0123456789abcdef0123}}"),
    ),
    "poll_that_asks_of_later_answers": (
        write("polls/nps.yaml", "title: T\nquestions:"),
        _end("polls/nps.yaml", "  why: {open: {ask: Why?, show_if: {question: score, at_most: 6}}}"),
        _end("polls/nps.yaml", "  score: {scale: {ask: How?}}"),
    ),
    # many at once
    "several": (
        swap(SMC, "Europe/Berlin", "Europe/Berln"),
        swap(SMC, "EUR", "euro"),
        swap(SEGMENTS, "at_least: 6", "at_leat: 6"),
        swap(SPRING, "template: hello", "template: helo"),
        swap(BIRTHDAY, "7 days", "soon"),
        write("feeds/x.yml", "title: x"),
    ),
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the base as the current folder, so that places are relative."""
    shutil.copytree(HERE / "base", tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.setenv("SMC_TEST_SECRET", "only-for-tests-0123456789")
    return Path()


def test_the_base_has_no_problems(project: Path) -> None:
    found, problems = check_project(project)
    assert problems == []
    assert found is not None


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_told_in_these_words(name: str, project: Path, update_golden: bool) -> None:
    for change in CASES[name]:
        change(project)
    found, problems = check_project(project)
    assert found is None
    said = "\n\n".join(str(problem) for problem in problems) + "\n"
    assert "only-for-tests" not in said
    expected = HERE / "expected" / f"{name}.txt"
    if update_golden:
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def test_nothing_is_expected_that_no_case_makes() -> None:
    assert {file.stem for file in (HERE / "expected").iterdir()} == set(CASES)
