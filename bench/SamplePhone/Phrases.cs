namespace Candor.Bench.SamplePhone;

/// <summary>What people write to each other. {t} becomes a time, {n} a number.</summary>
internal static class Phrases
{
    public static string Of(string code, Random random)
    {
        var phrases = ByLanguage[code];
        var text = phrases[random.Next(phrases.Length)];
        if (random.Next(4) == 0)
            text += (text[^1] is '?' or '!' or '.' ? " " : ". ") + phrases[random.Next(phrases.Length)];
        return text.Replace("{t}", $"{random.Next(7, 23)}:{random.Next(12) * 5:00}", StringComparison.Ordinal).Replace("{n}", $"{random.Next(2, 60)}", StringComparison.Ordinal);
    }

    public static readonly string[] Emoji = ["😀", "😂", "❤️", "👍", "🎉", "🙏", "🌻", "☕", "🚲", "👨‍👩‍👧", "🇪🇺", "🥳", "🐈‍⬛", "👋🏽"];

    public static readonly Dictionary<string, string[]> ByLanguage = new()
    {
        ["en"] =
        [
            "On my way, there at {t}", "Running {n} minutes late, sorry", "Did you lock the door?", "Dinner at {t}?", "Can you pick up milk & bread?", "The train is stuck again",
            "Call me when you can", "Happy birthday!", "The keys are under the blue pot", "How did the interview go?", "That made my day", "It's raining < 5 minutes after I left the umbrella",
            "Platform {n}, right by the clock", "Mum says hi", "I found the \"lost\" charger", "No rush, tomorrow is fine", "Great photos from the lake!", "Shall we bring the kids?", "Bus {n} or the bike?", "Sleep well",
        ],
        ["de"] =
        [
            "Bin um {t} da", "Komme {n} Minuten später, tut mir leid", "Hast du an die Brötchen gedacht?", "Alles Gute zum Geburtstag!", "Die Bahn fällt aus, natürlich", "Grüße aus den Bergen",
            "Ruf mich bitte zurück", "Schöne Grüße von Oma", "Wie war die Prüfung?", "Wir sitzen draußen, Tisch {n}", "Das Päckchen ist da", "Morgen früh um {t}?", "Ich bring Käsekuchen mit", "Gute Nacht!",
        ],
        ["ru"] =
        [
            "Буду в {t}", "Опаздываю на {n} минут", "С днём рождения!", "Купи, пожалуйста, хлеб", "Как доехали?", "Позвони, когда сможешь", "Мы уже у метро", "Спасибо огромное!", "Завтра в {t} удобно?",
            "Фотографии просто чудо", "Бабушка передаёт привет", "Спокойной ночи",
        ],
        ["el"] =
        [
            "Έρχομαι στις {t}", "Θα αργήσω {n} λεπτά", "Χρόνια πολλά!", "Πάμε για καφέ;", "Πήρες το ψωμί;", "Καλημέρα, τι κάνεις;", "Η θάλασσα είναι υπέροχη", "Πάρε με όταν μπορέσεις", "Τα λέμε αύριο", "Φιλιά από τα Χανιά",
        ],
        ["ar"] =
        [
            "سأصل الساعة {t}", "سأتأخر {n} دقيقة", "كل عام وأنت بخير!", "هل اشتريت الخبز؟", "اتصل بي عندما تستطيع", "صباح الخير", "الصور جميلة جدا", "شكرا جزيلا", "نلتقي غدا إن شاء الله", "سلّم على الوالدة", "أنا عند المحطة",
        ],
        ["he"] =
        [
            "אגיע ב-{t}", "מאחרת {n} דקות, סליחה", "יום הולדת שמח!", "קנית לחם?", "תתקשר כשתוכל", "בוקר טוב", "התמונות מקסימות", "תודה רבה!", "נדבר מחר", "אני ליד התחנה", "שבת שלום",
        ],
        ["hi"] =
        [
            "मैं {t} बजे पहुँच जाऊँगा", "{n} मिनट देर होगी", "जन्मदिन मुबारक हो!", "दूध ले आना", "फ़ोन करना जब समय मिले", "तस्वीरें बहुत सुंदर हैं", "धन्यवाद!", "कल मिलते हैं", "माँ ने याद किया है", "ट्रेन लेट है", "शुभ रात्रि",
        ],
        ["zh"] =
        [
            "我{t}到", "晚到{n}分钟，不好意思", "生日快乐！", "记得买牛奶", "有空给我打电话", "照片真好看", "谢谢你！", "明天见", "妈妈问你好", "地铁又停了", "晚安", "周末去爬山吗？",
        ],
        ["ja"] =
        [
            "{t}に着きます", "{n}分遅れます、ごめんなさい", "お誕生日おめでとう！", "牛乳を買ってきてください", "時間があるときに電話して", "写真すごくきれい", "ありがとう！", "また明日", "改札の前にいます", "お母さんによろしく", "おやすみ", "電車が止まってる…",
        ],
        ["ko"] =
        [
            "{t}에 도착해요", "{n}분 늦을 것 같아요", "생일 축하해요!", "우유 좀 사다 줘", "시간 되면 전화해 줘", "사진 정말 예쁘다", "고마워요!", "내일 봐요", "지하철역 앞이에요", "엄마가 안부 전하래", "잘 자요",
        ],
    };
}
