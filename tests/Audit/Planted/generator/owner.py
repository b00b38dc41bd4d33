"""An invented owner: each seed another one. What the owner file names, and the label that a report gives it."""
import io, json

GIVEN = "Ottoline Cornelius Henrietta Leopold Philippa Ferdinand Rosalind Thaddeus Wilhelmina Barnaby Clementine Octavian".split()
FAMILY = "Brandywell Falkenrath Winterbourne Okonkwo Lindqvist Castellano Abernathy Hawthorne Vandermeer Pemberton Sokolovsky Darkwater".split()
ACCENTED = ["Jürgen Müllershausen", "Zoë Żeleńska-Mróz", "René Lefèvreux", "Åsa Sjöbergström", "Íñigo Núñezvela", "Dušan Čapekovič"]
CHINESE = {"王晓明": "wang xiaoming", "李建国": "li jianguo", "张丽华": "zhang lihua", "陈志强": "chen zhiqiang", "刘美玲": "liu meiling", "赵云龙": "zhao yunlong", "欧阳雪": "ouyang xue", "周文博": "zhou wenbo"}
WORDS = ("teapot lighthouse cinnamon harbour velvet compass orchard thunder marmalade lantern meadow sapphire bicycle glacier walnut ribbon "
         "saddle pepper wolf garden mirror castle island copper feather tunnel anchor violin").split()
GERMAN = "Können wir uns übermorgen früh um sechs Uhr hinter der alten Mühle treffen, ich bringe die Schlüssel mit"
COUNTRIES = [("49", 10), ("86", 11), ("44", 10), ("33", 9), ("1", 10), ("48", 9)]


def luhn(digits):
    total = 0
    for i, d in enumerate(reversed(digits + "0")):
        n = int(d) * (2 if i % 2 else 1)
        total += n - 9 if n > 9 else n
    return digits + str(-total % 10)


def digits(r, n): return "".join(r.choice("0123456789") for _ in range(n))


def number(r, country=None):
    code, length = country or r.choice(COUNTRIES)
    national = r.choice("1567") + digits(r, length - 1)
    while len(set(national)) < 5: national = r.choice("1567") + digits(r, length - 1)
    return code, national


class Owner:
    def __init__(self, r):
        name = lambda: r.choice(GIVEN) + " " + r.choice(FAMILY)
        self.names, self.contacts = [name()], []
        self.numbers = [number(r, ("49", 10)), number(r, ("86", 11))]
        self.mail = f"{r.choice(WORDS)}.{r.choice(WORDS)}{r.randrange(10, 99)}@example.org"
        chinese = r.choice(sorted(CHINESE))
        other = name()
        while other == self.names[0]: other = name()
        self.contacts = [(chinese, number(r, ("86", 11))), (r.choice(ACCENTED), number(r)), (other, number(r))]
        self.messages = [" ".join(r.sample(WORDS, 7)) + f" at {r.randrange(2, 12)} past {r.randrange(1, 12)}", GERMAN.replace("sechs", r.choice(["acht", "neun", "zehn"])), "明天下午三点在码头的老仓库见面，记得带上那把银色的钥匙和" + r.choice(WORDS)]
        self.imei = luhn("35" + digits(r, 12))
        self.imsi = "26201" + digits(r, 10)
        self.iccid = luhn("8949020" + digits(r, 11))
        self.serial = r.choice("RXZ") + digits(r, 2) + "".join(r.choice("ABCDEFGHJKLMNP23456789") for _ in range(8))
        self.android = "%016x" % (r.getrandbits(63) | 1 << 60 | (1 << 63 if r.random() < 0.5 else 0))
        self.mac = ":".join("%02x" % b for b in [r.choice([0xA4, 0x5C, 0x9C]), *(r.randrange(1, 256) for _ in range(5))])
        h = "%032x" % r.getrandbits(128)
        self.ad = f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"
        self.account = r.choice("123456789") + digits(r, 12)
        self.places = [(round(r.uniform(-55, -30), 6), round(r.uniform(-125, -95), 6)), (round(r.uniform(44, 54), 6), round(r.uniform(6, 19), 6))]

    def yaml(self):
        q = json.dumps
        out = io.StringIO()
        out.write(f"owner:\n  names: [{q(self.names[0], ensure_ascii=False)}]\n  numbers: [{', '.join(q('+' + c + n) for c, n in self.numbers)}]\n  emails: [{self.mail}]\ncontacts:\n")
        for name, (c, n) in self.contacts: out.write(f"  - names: [{q(name, ensure_ascii=False)}]\n    numbers: [{q('+' + c + n)}]\n")
        out.write("messages:\n" + "".join(f"  - {q(m, ensure_ascii=False)}\n" for m in self.messages))
        out.write(f"photos: [photo.jpg]\nidentifiers:\n  imei: [{q(self.imei)}]\n  imsi: [{q(self.imsi)}]\n  iccid: [{q(self.iccid)}]\n  serial: [{q(self.serial)}]\n  android-id: [{q(self.android)}]\n"
                  f"  mac: [{q(self.mac)}]\n  advertising-id: [{q(self.ad)}]\n  account-id: [{q(self.account)}]\nplaces:\n")
        for i, (lat, lon) in enumerate(self.places): out.write(f"  - name: place {i + 1}\n    at: {lat}, {lon}\n")
        return out.getvalue()

    def phones(self):
        return [(f"own number {i + 1}", c, n) for i, (c, n) in enumerate(self.numbers)] + [(f"contact {i + 1}, number 1", c, n) for i, (_, (c, n)) in enumerate(self.contacts)]

    def people(self):
        return [("own name 1", self.names[0])] + [(f"contact {i + 1}, name 1", name) for i, (name, _) in enumerate(self.contacts)]

    def ids(self):
        return [("imei 1", self.imei), ("imsi 1", self.imsi), ("iccid 1", self.iccid), ("serial 1", self.serial), ("android-id 1", self.android), ("mac 1", self.mac), ("advertising-id 1", self.ad), ("account-id 1", self.account)]

    def texts(self):
        """Everything whose plain form is a text."""
        return self.ids() + [("own e-mail 1", self.mail)] + [(l, "+" + c + n) for l, c, n in self.phones()] + self.people() + [(f"message {i + 1}", m) for i, m in enumerate(self.messages)]
