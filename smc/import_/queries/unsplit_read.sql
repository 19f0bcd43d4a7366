-- Records that the exact reader could not split; it wrote them as line, reason and the whole text.
create or replace temp table smc_unsplit as
select line, reason, coalesce(text, '') as text
from read_csv(
    $path, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', encoding = 'utf-8',
    compression = 'none', new_line = '\n', max_line_size = $longest, buffer_size = $buffer,
    columns = {line: 'BIGINT', reason: 'VARCHAR', text: 'VARCHAR'}
);
