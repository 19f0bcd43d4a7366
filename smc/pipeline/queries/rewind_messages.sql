-- Messages of simulated campaigns from the first day on. Those of the others stay: they took room under the caps.
delete from message
where list_contains($names::varchar[], campaign) and planned_on >= $since
