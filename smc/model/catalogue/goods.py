"""The catalogue: categories, products, stores, regions, and dictionaries of codes."""

from __future__ import annotations

from smc.model.field import Field, History, ObjectType, active, changed_at, id_

DICTIONARY = ObjectType(
    "dictionary", "Word of a dictionary", ("dictionary", "code"),
    (
        Field("dictionary", "string", "Name of the dictionary", required=True),
        id_("code", "Code"),
        Field("title", "string", "What the code means"),
        Field("fields", "map", "What else is known of it"),
    ),
    group=("dictionary",),
)  # fmt: skip

REGION = ObjectType(
    "region", "Node of the tree of regions", ("region_id",),
    (
        id_("region_id", "Region id"),
        id_("parent_id", "Region above", required=False),
        Field("name", "string", "Name"),
        Field("timezone", "string", "Time zone, such as Europe/Moscow; else that of the region above"),
    ),
    custom=True,
    note="Customers whose `region` is the id or the name of one are in its time zone.",
)  # fmt: skip

CATEGORY = ObjectType(
    "category", "Node of a category tree", ("category_id",),
    (
        id_("category_id", "Category id", "category"),
        id_("parent_id", "Category above", "category", required=False),
        Field("name", "string", "Name"),
        Field("classifier", "string", "Tree it belongs to", default="main", fixed=True),
    ),
    custom=True,
    note="Each classifier is a tree of its own. A product stands in `main` by its `category_id`, and in others by "
    "`product_category`; rules, metrics and campaigns name categories of any of them. An id "
    "belongs to one classifier for ever: where two of them use the same ids, put a prefix before those of one "
    "(`steps: [{prefix: 'google:'}]`).",
)  # fmt: skip

PRODUCT = ObjectType(
    "product", "Product of the catalogue", ("product_id",),
    (
        id_("product_id", "Product id", "product"),
        Field("name", "string", "Name"),
        Field("brand", "string", "Brand"),
        id_("category_id", "Category in the main classifier", "category", required=False),
        Field("price", "decimal", "Price", at="price_at"),
        Field("stock", "quantity", "Pieces or weight in stock", at="stock_at"),
        Field("url", "string", "Page"),
        Field("image_url", "string", "Picture"),
        active("Still sold"),
        changed_at(),
    ),
    custom=True,
    time="changed_at",
    history=History("product_change", (("price", "price"), ("stock", "stock"))),
    note="Price and stock have times of their own, so that a feed of prices and a feed of the catalogue do not disturb "
    "each other. Every price and every stock is kept in `product_change`.",
)  # fmt: skip

PRODUCT_CATEGORY = ObjectType(
    "product_category", "Place of a product in a further classifier", ("product_id", "classifier"),
    (
        id_("product_id", "Product id", "product"),
        Field("classifier", "string", "Classifier, not `main`", required=True),
        id_("category_id", "Category id", "category"),
    ),
    group=("classifier",),
    note="The place in the main classifier is `category_id` of product. A category that a rule, a metric or a campaign "
    "names means the products whose place is in it or below it, in whatever classifier it is. The metric "
    "`favourite_category` knows those of `main` alone.",
)  # fmt: skip

STORE = ObjectType(
    "store", "Shop", ("store_id",),
    (
        id_("store_id", "Store id"),
        Field("name", "string", "Name"),
        id_("region_id", "Region id", required=False),
        Field("region", "string", "Name of the region"),
        Field("city", "string", "City"),
        Field("address", "string", "Address"),
        active("Still open"),
    ),
    custom=True,
)  # fmt: skip
