namespace Candor.Bench.SamplePhone;

/// <summary>A language of the sample phone's owner's friends: its names, its places, its telephone prefix.</summary>
internal sealed record Tongue(string Code, string Dial, bool FamilyFirst, string[] Given, string[] Family, string[] Cities, string[] Streets);

internal static class Names
{
    public static readonly Tongue[] Tongues =
    [
        new("en", "+1", false,
            ["Alice", "Ben", "Clara", "Daniel", "Ella", "Frank", "Grace", "Henry", "Isla", "Jack", "Kate", "Liam", "Mia", "Noah", "Olivia", "Peter", "Ruby", "Sam"],
            ["Baker", "Carter", "Dawson", "Ellis", "Foster", "Grant", "Hughes", "Irving", "Jones", "Knight", "Lawson", "O'Connor", "Parker", "Reed", "Smith-Wells", "Turner"],
            ["Portland", "Bristol", "Dublin", "Halifax"], ["Elm Street", "Mill Lane", "Harbour Road", "Station Avenue"]),
        new("de", "+49", false,
            ["Anna", "Bernd", "Christine", "Dieter", "Emma", "Felix", "Günther", "Hanna", "Jörg", "Käthe", "Lukas", "Maja", "Niklas", "Paula", "Rüdiger", "Sören"],
            ["Bäcker", "Dürr", "Fuchs", "Groß", "Hofmann", "Jäger", "Köhler", "Lehmann", "Müller", "Schröder", "Straßer", "Vogel", "von Ahlen", "Weiß", "Zöllner"],
            ["Köln", "München", "Görlitz", "Zürich"], ["Lindenstraße", "Am Mühlbach", "Gänsemarkt", "Schloßallee"]),
        new("ru", "+7", false,
            ["Анна", "Борис", "Вера", "Григорий", "Дарья", "Егор", "Зоя", "Иван", "Ксения", "Лев", "Мария", "Никита", "Ольга", "Павел", "Софья", "Юрий"],
            ["Белов", "Волков", "Громов", "Жуков", "Зимин", "Козлов", "Лебедев", "Морозов", "Новиков", "Орлов", "Птицын", "Соколов", "Титов", "Щукин"],
            ["Москва", "Казань", "Тверь", "Псков"], ["улица Лесная", "Садовая улица", "Речной проезд", "проспект Мира"]),
        new("el", "+30", false,
            ["Αλέξης", "Βασιλική", "Γιώργος", "Δήμητρα", "Ελένη", "Ζωή", "Ηλίας", "Θάνος", "Κατερίνα", "Λευτέρης", "Μαρία", "Νίκος", "Σοφία", "Χρήστος"],
            ["Αγγελόπουλος", "Βλάχος", "Γεωργίου", "Δημητρίου", "Ιωάννου", "Καραγιάννης", "Μακρής", "Νικολάου", "Παππάς", "Σταύρου", "Φωτίου"],
            ["Αθήνα", "Θεσσαλονίκη", "Χανιά", "Πάτρα"], ["οδός Ελιάς", "οδός Ακροπόλεως", "λεωφόρος Θαλάσσης"]),
        new("ar", "+20", false,
            ["أحمد", "أمينة", "خالد", "دينا", "رنا", "زياد", "سارة", "طارق", "عمر", "فاطمة", "كريم", "ليلى", "محمود", "نور", "هدى", "ياسمين"],
            ["الحداد", "الخطيب", "السيد", "الشريف", "العطار", "القاضي", "النجار", "حسن", "سليمان", "منصور", "يوسف"],
            ["القاهرة", "عمّان", "بيروت", "تونس"], ["شارع النيل", "شارع الزيتون", "شارع البحر"]),
        new("he", "+972", false,
            ["אבי", "בתיה", "גיל", "דנה", "הדס", "ורד", "זיו", "חנה", "טל", "יעל", "לירון", "מיכל", "נועם", "עדי", "רותם", "שירה"],
            ["אברהמי", "ברק", "גולן", "דיין", "הראל", "כהן", "לוי", "מזרחי", "פרץ", "רוזן", "שפירא"],
            ["חיפה", "באר שבע", "תל אביב"], ["רחוב הגפן", "רחוב הים", "שדרות האורנים"]),
        new("hi", "+91", false,
            ["अनिल", "आशा", "ईशा", "कविता", "गौरव", "दीपक", "नेहा", "पूजा", "प्रिया", "मनीष", "राहुल", "रोहित", "विजय", "संगीता", "सुनीता"],
            ["अग्रवाल", "कुमार", "गुप्ता", "चौहान", "जोशी", "त्रिपाठी", "पटेल", "मिश्रा", "वर्मा", "शर्मा", "सिंह"],
            ["दिल्ली", "जयपुर", "वाराणसी", "पुणे"], ["गांधी मार्ग", "नदी रोड", "स्टेशन रोड"]),
        new("zh", "+86", true,
            ["伟", "芳", "娜", "敏", "静", "秀英", "丽", "强", "磊", "洋", "艳", "勇", "军", "杰", "晓明", "雨桐", "子涵"],
            ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "欧阳", "司马"],
            ["北京", "成都", "杭州", "西安"], ["中山路", "人民路", "湖滨路"]),
        new("ja", "+81", true,
            ["葵", "陽菜", "結衣", "美咲", "さくら", "凛", "蓮", "大翔", "悠真", "健太", "翔", "直樹", "恵子", "由美"],
            ["佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "髙田"],
            ["東京", "京都", "札幌", "福岡"], ["桜通り", "本町", "駅前通り"]),
        new("ko", "+82", true,
            ["민준", "서연", "지훈", "하은", "도윤", "수아", "예준", "지우", "현우", "유진", "은지", "태현", "다은"],
            ["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "남궁"],
            ["서울", "부산", "전주", "제주"], ["해운대로", "한강로", "은행나무길"]),
    ];
}

/// <summary>Someone the owner knows.</summary>
internal sealed record Person(Tongue Tongue, string Given, string Family, string Uid, string Mobile, string Email, DateOnly Birthday)
{
    public string FullName => Tongue.FamilyFirst ? Family + (Tongue.Code == "zh" || Tongue.Code == "ko" ? "" : " ") + Given : $"{Given} {Family}";

    /// <summary>As many as asked for, by turns of each language; no two share a number or a uid, nor a name while there are others.</summary>
    public static Person[] Draw(int count, Random random)
    {
        var people = new Person[count];
        var taken = new HashSet<string>();
        for (var index = 0; index < count; index++)
        {
            var tongue = Names.Tongues[index % Names.Tongues.Length];
            Person person;
            var attempts = 0;
            do
            {
                var id = new byte[16];
                random.NextBytes(id);
                person = new Person(tongue, Pick(tongue.Given, random), Pick(tongue.Family, random), new Guid(id).ToString(), $"{tongue.Dial}5550{random.Next(1_000_000):000000}",
                    $"{tongue.Code}{index}@mail.example", new DateOnly(random.Next(1944, 2012), random.Next(1, 13), random.Next(1, 29)));
            }
            while ((!taken.Add(person.FullName) && ++attempts < 8) || !taken.Add(person.Mobile));
            people[index] = person;
        }
        return people;
    }

    private static string Pick(string[] words, Random random) => words[random.Next(words.Length)];
}
