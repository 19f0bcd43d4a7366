-- Lines of products that went have no category.
update receipt_line as l set category_key = null from smc_gone as g where l.product_key = g.product_key;
