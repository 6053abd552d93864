"""Chinese words of questions about data, as the English ones that the rules and most titles know."""

from __future__ import annotations

_LISTED = """
how many: 有多少人 有多少个 有多少条 有多少名 有多少位 有多少次 有多少家
how many: 多少个 多少条 多少行 多少人 多少名 多少次 多少种 多少家 多少天 多少笔 多少位 有多少 几个
how many: 数 有多少个 几条 几次 人数 个数 条数 次数 数目 计数 有几
number: 数量
average: 平均 平均值 均值 平均数 平均的
median: 中位数 中位
total: 总 总共 总计 总和 总数 合计 一共 总额 共计 总量 总的
maximum: 最大值 最高值
minimum: 最小值 最低值
different: 不同的 多少种不同 不重复 去重
share: 比例 占比 百分比 百分之几 份额 比重 率是多少 占多大比例
highest: 最高 最大 最多 最好 最长 最强 排名第一
lowest: 最低 最小 最少 最差 最短
most expensive: 最贵
cheapest: 最便宜
oldest: 最老 年龄最大
youngest: 最年轻 年龄最小
heaviest: 最重
most common: 最常见 出现最多 最受欢迎 最热门
each: 每 各 各个 每个 每种 每一 每类 各类 各种 每位 每家 每名 按 按照 根据 分
top: 前
older than: 岁以上 岁以上的
younger than: 岁以下 岁以下的
more than: 超过 大于 高于 多于 以上的 晚于 之后 以后 年后
less than: 少于 小于 低于 不到 早于 之前 以前 年前
at least: 至少 不少于 不低于 以来 起
at most: 至多 不超过 最多不超过
between: 介于 之间
not: 不是 没有 不 非 未 除了 除
missing: 缺失 为空 空值
which: 哪个 哪些 哪一个 哪种 哪位 哪一种 哪家 哪名 哪一 谁 哪
what: 是多少 多少 什么 是什么 请问 显示 列出 计算 统计 求 给出 告诉我 有多少
draw: 画 画出 画一张 绘制 做一张 图 图表 柱状图 折线图 曲线图 的图 的图表
this year: 今年
last year: 去年
this month: 本月 这个月 这月
last month: 上个月 上月
this week: 本周 这周
last week: 上周
today: 今天 今日
yesterday: 昨天 昨日
when: 什么时候 何时
why: 为什么
where: 哪里
trend: 趋势 变化 走势
year: 年 年份 年度
month: 月 月份 月度
quarter: 季度
week: 周 星期
day: 日 天 日期 每日
weekday: 星期几 周几
hour: 小时 时
the: 的 了 在 是 有 和 与 吗 呢 里 中 里面 中的 其中 被 从 到 为 个 名
the: 位 条 种 家 所有 全部 这 那 该 对 于 之 来 上 下 属于 请 ， 。 ？ 、 数据 表
among: 占
passengers: 乘客 旅客
people: 人口 人
price: 价格 单价 售价 房价
cost: 成本 费用 花费
sales: 销售额 销量 销售
revenue: 收益 营收 营业额
income: 收入
spending: 支出 开支
profit: 利润
amount: 金额
quantity: 件数
bill: 账单
tip: 小费
fare: 车费 票价
salary: 工资 薪水 薪资
budget: 预算
country: 国家
region: 地区 区域
city: 城市
state: 州
province: 省 省份
department: 部门
category: 类别 分类 种类
type: 类型
product: 产品 商品
customer: 客户 顾客
order: 订单
name: 名字 姓名 名称
title: 标题
age: 年龄
sex: 性别
female: 女性 女 女士
male: 男性 男 男士
height: 身高 高度
weight: 体重 重量
length: 长度
width: 宽度
distance: 距离
duration: 时长 持续时间
speed: 速度
time: 时间
temperature: 温度 气温
rain: 下雨 雨天
precipitation: 降水量 降雨量
wind: 风速 风
humidity: 湿度
weather: 天气
population: 人口数 总人口
births: 出生 出生人数
deaths: 死亡 死亡人数
survived: 生还 幸存 存活
score: 分数 得分 成绩
rating: 评分 评级
rate: 率
class: 班级 舱位 等级
species: 物种
island: 岛 岛屿
color: 颜色
brand: 品牌
model: 型号
size: 尺寸 大小
status: 状态
level: 级别
user: 用户
visits: 访问 访问量
error: 错误
payment: 支付方式 付款方式 支付
movie: 电影
director: 导演
genre: 类型片
car: 汽车 车
flight: 航班
airline: 航空公司
airport: 机场
student: 学生
school: 学校
life expectancy: 预期寿命 寿命
dinner: 晚餐
lunch: 午餐
smoker: 吸烟者 吸烟
wine: 葡萄酒
beer: 啤酒
monday: 周一 星期一
tuesday: 周二 星期二
wednesday: 周三 星期三
thursday: 周四 星期四
friday: 周五 星期五
saturday: 周六 星期六
sunday: 周日 星期日 星期天
"""
WORDS: dict[str, str] = {
    word: english.strip()
    for line in _LISTED.strip().splitlines()
    for english, _, words in [line.partition(":")]
    for word in words.split()
}
"""The longest that fits is taken."""
LONGEST = max(map(len, WORDS))

NUMBERS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
