"""Passwords that guessing programs try first; letters in lower case, at least 4 characters.

Written down by us from what every published ranking has in common, plus habits of Chinese and
of office users. Digits and marks at the end are cut off before the comparison, so "password1!"
is covered by "password".
"""

from __future__ import annotations

_WORDS = """
password passw0rd p@ssword p@ssw0rd pa$$word pa$$w0rd passwort contraseña motdepasse senha
passpass passphrase password1234 mypassword yourpassword newpassword oldpassword nopassword
changeme changeit changethis letmein letmeinnow welcome welcometo bienvenue willkommen
administrator admin adminadmin admin1234 root rootroot toor superuser supervisor sysadmin
default guest guestguest test testtest testing tester user username useruser demo demodemo
secret secrets topsecret private access master masterkey login loginlogin logmein enter
qwerty qwertyui qwertyuiop qwerasdf qwerqwer qweasd qweasdzxc qazwsx qazwsxedc qazxsw
asdf asdfasdf asdfgh asdfghjk asdfghjkl zxcvbn zxcvbnm zxcvasdf 1q2w3e 1q2w3e4r 1q2w3e4r5t
1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc zaq12wsx q1w2e3r4 q1w2e3r4t5 qwer1234 qwert12345 a1b2c3d4
abc123 abcd1234 abcdefg abcdefgh abcdefghi aabbccdd abcabc a123456 a12345678 aa123456 aa12345678
12345678 123456789 1234567890 0123456789 87654321 987654321 9876543210 0987654321 11223344
112233445566 12344321 123123123 123321123 123454321 1234554321 12341234 13579246 135792468
147258369 159357 1597532468 159753456 741852963 789456123 963852741 987456321 31415926 314159265
5201314 52013140 1314520 13145200 7758521 77585210 woaini woaini1314 woaini520 iloveyou
iloveyou1314 loveyou loveme lovelove mylove sweetheart darling princess prince sunshine shadow
monkey dragon tiger eagle falcon phoenix buster charlie jordan michael michelle jennifer jessica
ashley amanda daniel thomas robert matthew anthony joshua andrew william football baseball
basketball soccer hockey liverpool chelsea arsenal barcelona realmadrid superman batman
spiderman starwars pokemon naruto computer internet samsung iphone android windows microsoft
google facebook apple tencent alibaba baidu huawei xiaomi weixin wechat taobao zhifubao
whatever trustno trustnoone nothing something anything freedom forever hello hellohello
helloworld goodbye goodluck happy lucky killer hunter ranger harley mustang ferrari porsche
mercedes corvette cheese chocolate cookie coffee banana orange pepper ginger summer winter spring
autumn january february october november december monday friday company office business manager
company123 workwork knowledge zhiku zhishiku zhikuzhiku mima mimamima wodemima guanliyuan
woaizhongguo zhongguo beijing shanghai shenzhen guangzhou nihao nihaoma xiaoming zhangsan lisi
wangwu 密码 密码密码 我的密码 管理员 知库知库
"""

COMMON = frozenset(_WORDS.split())
"""Case-folded."""
