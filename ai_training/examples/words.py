"""What the example learns: how English names of animals, plants and things outdoors are spelt."""

WORDS = """
acorn alder alpaca amber anchor anemone ant antelope apple apricot ash aspen aster badger bamboo
barley basil bay beach beaver beech bee beetle birch bison blackbird bluebell boar boulder bracken
bramble breeze brook buffalo bumblebee butterfly buttercup buzzard cactus camel canyon caterpillar
cedar chaffinch chamomile cherry chestnut cicada clay cliff cloud clover coast cobra cod comet
condor conifer coral cormorant cornflower cove coyote crab crane creek cricket crocus crow cuckoo
currant cypress daffodil daisy dandelion dawn deer delta dewdrop dogwood dolphin donkey dormouse
dove dragonfly drizzle duck dune dusk eagle earthworm eel elder elephant elk elm estuary falcon
fern ferret field fig finch fir firefly fjord flamingo flax flint flounder forest foxglove frog
frost gale gannet garden gazelle gecko geyser ginger giraffe glacier glade goat goldfinch goose
gorge gorilla gorse grape grass grasshopper gravel greenfinch grouse gull hailstone halibut hamster
hare harvest hawk hawthorn hazel heath heather hedgehog heron herring hill hippo holly honey
honeysuckle horizon hornet horse hyacinth ibis iceberg iguana inlet iris island ivy jackal jaguar
jasmine jay jellyfish juniper kangaroo kestrel kingfisher kiwi koala lagoon lake lapwing larch lark
laurel lavender lemon lemur leopard lichen lightning lilac lily lime linden lion lizard llama
lobster locust lotus lynx mackerel magnolia magpie mallard mallow mammoth maple marigold marmot
marsh marten meadow melon meteor mimosa mink mint mist mole monsoon moon moor moose moss moth
mountain mouse mulberry mushroom mussel myrtle narcissus nectar nettle newt nightingale nuthatch oak
oasis oat ocean octopus olive onion orange orchard orchid oriole osprey ostrich otter owl oyster
panda pansy panther parrot partridge peach peacock pear pebble pelican penguin peony peppermint
perch petal pheasant pigeon pike pine plain plateau plover plum pond pony poplar poppy porcupine
porpoise primrose puffin puma quail quartz rabbit raccoon rain rainbow raspberry raven ravine reed
reef reindeer river robin rook rose rosemary rowan rushes rye saffron sage salamander salmon sand
sandstone sardine savanna seagull seahorse seal seaweed sedge shadow shark sheep shell shore shrew
shrimp silverfish skylark slate sleet sloth snail snipe snow snowdrop sorrel sparrow spider spring
spruce squid squirrel starfish starling stoat stone stork storm strawberry stream summer sun
sunflower sunrise swallow swan swift sycamore tadpole tamarind tarn teal tern thicket thistle
thrush thunder thyme tide tiger toad tortoise toucan trout tulip tundra turbot turnip turtle valley
vanilla verbena viper violet volcano vole vulture wagtail walnut walrus warbler wasp waterfall
wave weasel whale wheat wildcat willow wind winter wisteria wolf wombat woodland woodlark
woodpecker wren yak yarrow yew zebra
""".split()  # noqa: SIM905  (words read better as text)
