"""Questions about public tables, each with the right answer computed by plain Python from the file.

Files lie in the data folder as OWNER/NAME/PATH of the repositories they come from. `DEVELOPMENT` may be looked at while the
planner is worked on; `HELD_OUT` was written before it and is run at the end only.
"""

from __future__ import annotations

import statistics

from bench.report_gold import Gold, Row, ask, counted, grouped, highest, mean, most, numbers

SEABORN = "mwaskom/seaborn-data"
VEGA = "vega/vega-datasets/data"
NEWS = "fivethirtyeight/data"


def _deaths(table: list[Row]) -> Gold:
    return len([row for row in table if (row["movie"], row["type"]) == ("Kill Bill: Vol. 1", "death")])


DEVELOPMENT = (
    ask(
        f"{SEABORN}/tips.csv",
        "What is the average tip on Sundays?",
        lambda t: mean(numbers((r for r in t if r["day"] == "Sun"), "tip")),
    ),
    ask(
        f"{SEABORN}/tips.csv",
        "How many bills were paid by smokers at dinner?",
        lambda t: sum(r["smoker"] == "Yes" and r["time"] == "Dinner" for r in t),
    ),
    ask(f"{SEABORN}/penguins.csv", "How many penguins are there of each species?", lambda t: counted(t, "species")),
    ask(
        f"{SEABORN}/penguins.csv",
        "What is the average body mass per island?",
        lambda t: grouped(t, "island", "body_mass_g", mean),
    ),
    ask(
        f"{SEABORN}/titanic.csv",
        "What share of female passengers survived?",
        lambda t: 100 * mean([r["survived"] == "1" for r in t if r["sex"] == "female"]),
    ),
    ask(f"{SEABORN}/titanic.csv", "How many passengers were in third class?", lambda t: sum(r["class"] == "Third" for r in t)),
    ask(
        f"{SEABORN}/mpg.csv",
        "Which origin has the highest average mpg?",
        lambda t: highest(grouped(t, "origin", "mpg", mean)),
    ),
    ask(
        f"{SEABORN}/mpg.csv",
        "How many cars have more than 150 horsepower?",
        lambda t: sum(n > 150 for n in numbers(t, "horsepower")),
    ),
    ask(f"{SEABORN}/taxis.csv", "What was the total fare by payment?", lambda t: grouped(t, "payment", "fare", sum)),
    ask(
        f"{SEABORN}/taxis.csv",
        "How many trips ended in Brooklyn?",
        lambda t: sum(r["dropoff_borough"] == "Brooklyn" for r in t),
    ),
    ask(
        f"{SEABORN}/planets.csv",
        "How many planets were discovered by transit each year after 2008?",
        lambda t: counted((r for r in t if r["method"] == "Transit" and int(r["year"]) > 2008), "year"),
    ),
    ask(
        f"{VEGA}/seattle-weather.csv",
        "How many days did it rain in 2014?",
        lambda t: sum(r["weather"] == "rain" and r["date"].startswith("2014") for r in t),
    ),
    ask(
        f"{VEGA}/seattle-weather.csv",
        "What was the average maximum temperature per year?",
        lambda t: grouped([{**r, "year": r["date"][:4]} for r in t], "year", "temp_max", mean),
    ),
    ask(
        f"{NEWS}/airline-safety/airline-safety.csv",
        "Top 5 airlines by fatalities between 1985 and 1999",
        lambda t: most(grouped(t, "airline", "fatalities_85_99", sum), 5),
    ),
    ask(
        f"{NEWS}/alcohol-consumption/drinks.csv",
        "Which country drinks the most wine?",
        lambda t: highest(grouped(t, "country", "wine_servings", sum)),
    ),
    ask(f"{SEABORN}/flights.csv", "每年的乘客总数是多少？", lambda t: grouped(t, "year", "passengers", sum)),
    ask(
        f"{SEABORN}/tips.csv",
        "周六的平均账单是多少",
        lambda t: mean(numbers((r for r in t if r["day"] == "Sat"), "total_bill")),
    ),
    ask(
        f"{VEGA}/movies.json",
        "median production budget by MPAA rating",
        lambda t: grouped(t, "MPAA Rating", "Production Budget", statistics.median),
    ),
    ask(f"{SEABORN}/penguins.csv", "What is the average wingspan of the penguins?", lambda t: None),
    ask(f"{SEABORN}/tips.csv", "Which waiter got the biggest tip?", lambda t: None),
)

HELD_OUT = (
    ask(
        f"{SEABORN}/diamonds.csv",
        "What is the median price of an Ideal cut?",
        lambda t: statistics.median(numbers((r for r in t if r["cut"] == "Ideal"), "price")),
    ),
    ask(
        f"{SEABORN}/diamonds.csv",
        "How many diamonds weigh more than 2 carats?",
        lambda t: sum(float(r["carat"]) > 2 for r in t),
    ),
    ask(
        f"{SEABORN}/healthexp.csv",
        "Which country had the highest life expectancy in 2019?",
        lambda t: highest(grouped((r for r in t if r["Year"] == "2019"), "Country", "Life_Expectancy", max)),
    ),
    ask(
        f"{SEABORN}/healthexp.csv",
        "Average spending per country since 2010",
        lambda t: grouped((r for r in t if int(r["Year"]) >= 2010), "Country", "Spending_USD", mean),
    ),
    ask(
        f"{NEWS}/college-majors/recent-grads.csv",
        "Which major has the highest unemployment rate?",
        lambda t: highest(grouped(t, "Major", "Unemployment_rate", max)),
    ),
    ask(
        f"{NEWS}/college-majors/recent-grads.csv",
        "How many people graduated in Engineering?",
        lambda t: sum(numbers((r for r in t if r["Major_category"] == "Engineering"), "Total")),
    ),
    ask(
        f"{NEWS}/bechdel/movies.csv",
        "What percentage of movies pass the test?",
        lambda t: 100 * mean([r["binary"] == "PASS" for r in t]),
    ),
    ask(f"{NEWS}/bechdel/movies.csv", "How many films were released in 2010?", lambda t: sum(r["year"] == "2010" for r in t)),
    ask(
        f"{VEGA}/birdstrikes.csv",
        "How many bird strikes happened at night?",
        lambda t: sum(r["Time of day"] == "Night" for r in t),
    ),
    ask(f"{VEGA}/birdstrikes.csv", "Top 3 states by number of strikes", lambda t: most(counted(t, "Origin State"), 3)),
    ask(
        f"{VEGA}/birdstrikes.csv",
        "What was the total repair cost in Texas?",
        lambda t: sum(numbers((r for r in t if r["Origin State"] == "Texas"), "Cost Repair")),
    ),
    ask(
        f"{VEGA}/cars.json",
        "Average weight of cars by number of cylinders",
        lambda t: grouped(t, "Cylinders", "Weight_in_lbs", mean),
    ),
    ask(
        f"{NEWS}/births/US_births_2000-2014_SSA.csv",
        "On which day of the week are the most babies born?",
        lambda t: highest(grouped(t, "day_of_week", "births", sum)),
    ),
    ask(
        f"{NEWS}/births/US_births_2000-2014_SSA.csv",
        "2003年出生的总人数",
        lambda t: sum(numbers((r for r in t if r["year"] == "2003"), "births")),
    ),
    ask(
        f"{NEWS}/cabinet-turnover/cabinet-turnover.csv",
        "How many appointees were women?",
        lambda t: sum(r["gender"] == "Female" for r in t),
    ),
    ask(
        f"{NEWS}/candy-power-ranking/candy-data.csv",
        "Which candy has the highest win percentage?",
        lambda t: highest(grouped(t, "competitorname", "winpercent", max)),
    ),
    ask(f"{VEGA}/gapminder-health-income.csv", "各地区的平均收入", lambda t: grouped(t, "region", "income", mean)),
    ask(
        f"{VEGA}/stocks.csv",
        "AAPL的最高价格是多少",
        lambda t: max(numbers((r for r in t if r["symbol"] == "AAPL"), "price")),
    ),
    ask(f"{SEABORN}/diamonds.csv", "What is the average weight of diamonds from South Africa?", lambda t: None),
    ask(f"{VEGA}/iowa-electricity.csv", "What was the price of electricity in 2010?", lambda t: None),
)

SECOND = (
    ask(f"{NEWS}/biopics/biopics.csv", "How many biopics were made in the UK?", lambda t: sum(r["country"] == "UK" for r in t)),
    ask(f"{NEWS}/biopics/biopics.csv", "Which director made the most films?", lambda t: highest(counted(t, "director"))),
    ask(
        f"{NEWS}/biopics/biopics.csv",
        "share of female subjects since 2000",
        lambda t: 100 * mean([r["subject_sex"] == "Female" for r in t if int(r["year_release"]) >= 2000]),
    ),
    ask(f"{NEWS}/fandango/fandango_score_comparison.csv", "average IMDB score", lambda t: mean(numbers(t, "IMDB"))),
    ask(
        f"{NEWS}/fandango/fandango_score_comparison.csv",
        "Which film has the highest Metacritic user rating?",
        lambda t: highest(grouped(t, "FILM", "Metacritic_User", max)),
    ),
    ask(
        f"{NEWS}/daily-show-guests/daily_show_guests.csv",
        "How many guests were there per year?",
        lambda t: counted(t, "YEAR"),
    ),
    ask(
        f"{NEWS}/daily-show-guests/daily_show_guests.csv",
        "How many actors were guests in 2010?",
        lambda t: sum(r["YEAR"] == "2010" and r["GoogleKnowlege_Occupation"] == "actor" for r in t),
    ),
    ask(f"{NEWS}/tarantino/tarantino.csv", "How many deaths are there in Kill Bill: Vol. 1?", _deaths),
    ask(
        f"{NEWS}/tarantino/tarantino.csv",
        "number of words per movie",
        lambda t: counted([r for r in t if r["type"] == "word"], "movie"),
    ),
    ask(
        f"{NEWS}/murder_2016/murder_2015_final.csv",
        "Which city had the most murders in 2015?",
        lambda t: highest(grouped(t, "city", "2015_murders", sum)),
    ),
    ask(
        f"{NEWS}/murder_2016/murder_2015_final.csv",
        "total 2014 murders by state",
        lambda t: grouped(t, "state", "2014_murders", sum),
    ),
    ask(f"{NEWS}/police-killings/police_killings.csv", "各州的死亡人数", lambda t: counted(t, "state")),
    ask(
        f"{NEWS}/police-killings/police_killings.csv",
        "average age of women",
        lambda t: mean(float(r["age"]) for r in t if r["gender"] == "Female" and r["age"].isdigit()),
    ),
    ask(
        f"{NEWS}/congress-age/congress-terms.csv",
        "What is the median age in the senate?",
        lambda t: statistics.median(numbers((r for r in t if r["chamber"] == "senate"), "age")),
    ),
    ask(
        f"{NEWS}/congress-age/congress-terms.csv",
        "average age per party top 3",
        lambda t: most(grouped(t, "party", "age", mean), 3),
    ),
    ask(
        f"{NEWS}/bad-drivers/bad-drivers.csv",
        "Which state has the highest car insurance premiums?",
        lambda t: highest(grouped(t, "State", "Car Insurance Premiums ($)", max)),
    ),
    ask(
        f"{NEWS}/nfl-suspensions/nfl-suspensions-data.csv",
        "哪个 team 的 suspensions 最多？",
        lambda t: highest(counted(t, "team")),
    ),
    ask(f"{NEWS}/nfl-suspensions/nfl-suspensions-data.csv", "What is the average salary of suspended players?", lambda t: None),
    ask(f"{NEWS}/murder_2016/murder_2015_final.csv", "How many murders were there in 2013?", lambda t: None),
    ask(f"{NEWS}/daily-show-guests/daily_show_guests.csv", "2005年的平均收视率是多少", lambda t: None),
)
"""Written after a first look at what was held out, and before anything was changed for it."""

SETS = {"development": DEVELOPMENT, "held-out": HELD_OUT, "second": SECOND}
