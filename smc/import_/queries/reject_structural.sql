-- Records that the exact reader could not split; it wrote them as line, reason, text.
insert into smc_reject
select line, null, null, value, reason
from read_csv(
    $path, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', encoding = 'utf-8',
    compression = 'none', new_line = '\n', columns = {line: 'BIGINT', reason: 'VARCHAR', value: 'VARCHAR'}
);
