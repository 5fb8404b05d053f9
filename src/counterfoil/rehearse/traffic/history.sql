-- How a sales history becomes orders, as steps that history.py runs in this order.
-- `source` is the file with every cell as text (salesfile.py).

-- step: read
-- A cell that cannot be read becomes NULL here; `faulty` below finds it.
-- Prices stay decimal and become pence by rounding half up; a time without an offset is what a
-- British wall clock showed.
create table line as
with cell as (
    select
        row_no,
        case when line_no is null then row_no else try_cast(line_no as bigint) end as line_no,
        case when regexp_full_match(invoice_no, '[^[:cntrl:]]{1,64}') then invoice_no end
            as invoice_no,
        case when regexp_full_match(stock_code, '[^[:cntrl:]]{1,64}') then stock_code end
            as stock_code,
        case
            when description is null then ''
            when length(description) <= 1000 and not contains(description, chr(0))
                then description
        end as description,
        case
            when regexp_full_match(quantity, '-?[0-9]{1,7}([.]0{1,9})?')
                then cast(split_part(quantity, '.', 1) as integer)
        end as quantity,
        case
            when regexp_full_match(unit_price, '-?[0-9]{1,8}([.][0-9]{1,18})?')
                then cast(unit_price as decimal(38, 18))
        end as unit_price,
        case
            when not regexp_full_match(
                invoice_ts,
                '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?)?'
                '( ?(Z|[+-][0-9]{2}(:[0-9]{2})?))?'
            ) then null
            when regexp_matches(invoice_ts, '(Z|:.*[+-][0-9]{2}(:[0-9]{2})?)$')
                then try_cast(invoice_ts as timestamptz)
            else timezone('Europe/London', try_cast(invoice_ts as timestamp))
        end as placed,
        case when customer_id is null then '' when length(customer_id) <= 254 then customer_id end
            as customer_id,
        case when country is null then '' when length(country) <= 64 then country end as country
    from source
)
select
    row_no,
    line_no,
    invoice_no,
    not regexp_matches(invoice_no, '^[CcAa]') as is_sale,
    stock_code,
    description,
    quantity,
    cast(round(unit_price, 2) * 100 as bigint) as unit_minor,
    case
        when quantity <= 0 then 'quantity_not_above_zero'
        when unit_price <= 0 then 'price_not_above_zero'
        when round(unit_price, 2) = 0 then 'price_below_half_a_penny'
    end as left_out,
    case when placed >= '1990-01-01 00:00:00+00' and placed < '2100-01-01 00:00:00+00'
        then epoch_us(placed) // 1000000 end as placed_s,
    cast(timezone('Europe/London', placed) as date) as day,
    customer_id,
    country
from cell;

-- step: faulty
-- The first row with a cell that cannot be read, and the first such column in it.
select
    row_no,
    case
        when invoice_no is null then 'invoice_no'
        when stock_code is null then 'stock_code'
        when quantity is null then 'quantity'
        when unit_minor is null then 'unit_price'
        when placed_s is null then 'invoice_ts'
        when line_no is null then 'line_no'
        when description is null then 'description'
        when customer_id is null then 'customer_id'
        else 'country'
    end as col
from line
where
    invoice_no is null or stock_code is null or quantity is null or unit_minor is null
    or placed_s is null or line_no is null or description is null or customer_id is null
    or country is null
order by row_no
limit 1;

-- step: plan
-- One row an invoice of the period; an invoice belongs to the day of its first line.
create table invoice as
select
    invoice_no,
    any_value(is_sale) as is_sale,
    min(placed_s) as placed_s,
    count(*) as lines,
    count(*) filter (left_out is null) as kept,
    max(customer_id) as customer_id,
    max(country) as country
from line
group by invoice_no
having min(day) between coalesce($start, min(day)) and coalesce($end, min(day));

-- step: draw
-- A sample is the invoices whose digests come first: exact, and the same for the same seed.
create table drawn as
select *
from invoice
where is_sale and kept > 0
qualify row_number() over (order by md5($seed || ' ' || invoice_no), invoice_no)
    <= coalesce($orders, 9223372036854775807);

-- step: invoices
select
    count(*) filter (is_sale) as sale_invoices,
    count(*) filter (is_sale and kept = 0) as invoices_without_lines,
    count(*) filter (not is_sale) as other_invoices,
    coalesce(cast(sum(lines) filter (not is_sale) as bigint), 0) as other_lines
from invoice;

-- step: orders
select
    count(*) as orders,
    count(distinct customer_id) filter (customer_id <> '') as customers,
    count(*) filter (customer_id = '') as guest_orders,
    max(kept) as longest_order,
    min(placed_s) as first_s,
    max(placed_s) as last_s
from drawn;

-- step: left_out
select coalesce(line.left_out, 'order_not_drawn') as reason, count(*) as lines
from line
join invoice on invoice.invoice_no = line.invoice_no and invoice.is_sale
left join drawn on drawn.invoice_no = line.invoice_no
where line.left_out is not null or drawn.invoice_no is null
group by reason
order by reason;

-- step: kept
select stock_code, count(*) as lines, cast(sum(quantity * unit_minor) as varchar) as gross_minor
from line
join drawn using (invoice_no)
where left_out is null
group by stock_code;

-- step: days
select min(day), max(day) from line where is_sale;

-- step: sales
select
    drawn.placed_s,
    drawn.invoice_no,
    drawn.customer_id,
    drawn.country,
    line.stock_code,
    line.description,
    line.quantity,
    line.unit_minor
from line
join drawn using (invoice_no)
where line.left_out is null
order by drawn.placed_s, drawn.invoice_no, line.line_no, line.row_no;

-- step: repaid
-- Every cancellation up to the end of the period, and the sales that it may undo: of its customers
-- and products. A cancellation counts where its invoice is of the period.
with back as (
    select line.customer_id, stock_code, line.invoice_no, quantity, unit_minor, line.placed_s,
        line_no, row_no, invoice.invoice_no is not null as counts
    from line
    left join invoice on invoice.invoice_no = line.invoice_no
    where regexp_matches(line.invoice_no, '^[Cc]') and quantity < 0
        and day <= coalesce($end, day)
),
undone as (select distinct customer_id, stock_code from back where customer_id <> ''),
moved as (
    select line.customer_id, line.stock_code, invoice_no, quantity, unit_minor, placed_s, line_no,
        row_no, false as counts
    from line
    join undone on undone.customer_id = line.customer_id and undone.stock_code = line.stock_code
    where is_sale and left_out is null
    union all by name
    select * from back
)
select
    min(placed_s) over (partition by invoice_no) as placed_s,
    invoice_no, customer_id, stock_code, quantity, unit_minor, counts
from moved
order by placed_s, quantity < 0, invoice_no, line_no, row_no;
