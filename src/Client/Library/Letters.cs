using System.Collections.Frozen;
using System.Text;

namespace Candor.Client.Library;

/// <summary>Letters without their accents, for searching.</summary>
/// <remarks>
/// .NET's own normalisation needs the ICU library; without it, as in the native program, it leaves every letter as it is (seen with .NET 10). So the decompositions are here: those of
/// small letters in Unicode 14.0.0 whose name has WITH, and the letters with a stroke and the dotless i, which people without such keys write as plain ones.
/// </remarks>
internal static class Letters
{
    /// <summary>Each accented letter, and behind it the letter that it is without.</summary>
    private const string Pairs =
        "àaáaâaãaäaåaçcèeéeêeëeìiíiîiïiñnòoóoôoõoöoøoùuúuûuüuýyÿyāaăaąaćcĉcċcčcďdđdēeĕeėeęeěeĝgğgġgģgĥhħhĩiīiĭiįiıiĵjķkĺlļlľlłlńn" +
        "ņnňnōoŏoőoŕrŗrřrśsŝsşsšsţtťtŧtũuūuŭuůuűuųuŵwŷyźzżzžzơoưuǎaǐiǒoǔuǖuǘuǚuǜuǟaǡaǣæǧgǩkǫoǭoǯʒǰjǵgǹnǻaǽæǿoȁaȃaȅeȇeȉiȋiȍoȏoȑrȓr" +
        "ȕuȗușsțtȟhȧaȩeȫoȭoȯoȱoȳyΐιάαέεήηίιΰυϊιϋυόούυώωϓϒϔϒѐеѝиѷѵӂжӑаӓаӗеӛәӝжӟзӣиӥиӧоӫөӭэӯуӱуӳуӵчӹыآاأاؤوإائيۀەۂہۓےḁaḃbḅbḇbḉcḋdḍd" +
        "ḏdḑdḓdḕeḗeḙeḛeḝeḟfḡgḣhḥhḧhḩhḫhḭiḯiḱkḳkḵkḷlḹlḻlḽlḿmṁmṃmṅnṇnṉnṋnṍoṏoṑoṓoṕpṗpṙrṛrṝrṟrṡsṣsṥsṧsṩsṫtṭtṯtṱtṳuṵuṷuṹuṻuṽvṿvẁwẃwẅw" +
        "ẇwẉwẋxẍxẏyẑzẓzẕzẖhẗtẘwẙyẛſạaảaấaầaẩaẫaậaắaằaẳaẵaặaẹeẻeẽeếeềeểeễeệeỉiịiọoỏoốoồoổoỗoộoớoờoởoỡoợoụuủuứuừuửuữuựuỳyỵyỷyỹyἀαἁα" +
        "ἂαἃαἄαἅαἆαἇαἐεἑεἒεἓεἔεἕεἠηἡηἢηἣηἤηἥηἦηἧηἰιἱιἲιἳιἴιἵιἶιἷιὀοὁοὂοὃοὄοὅοὐυὑυὒυὓυὔυὕυὖυὗυὠωὡωὢωὣωὤωὥωὦωὧωὰαάαὲεέεὴηήηὶιίιὸοόο" +
        "ὺυύυὼωώωᾀαᾁαᾂαᾃαᾄαᾅαᾆαᾇαᾐηᾑηᾒηᾓηᾔηᾕηᾖηᾗηᾠωᾡωᾢωᾣωᾤωᾥωᾦωᾧωᾰαᾱαᾲαᾳαᾴαᾶαᾷαῂηῃηῄηῆηῇηῐιῑιῒιΐιῖιῗιῠυῡυῢυΰυῤρῥρῦυῧυῲωῳωῴωῶωῷωיִי" +
        "שׁששׂששּׁששּׂשאַאאָאאּאבּבגּגדּדהּהוּוזּזטּטיּיךּךכּכלּלמּמנּנסּסףּףפּפצּצקּקרּרשּשתּתוֹובֿבכֿכפֿפ";

    private static readonly FrozenDictionary<char, char> s_plain = Enumerable.Range(0, Pairs.Length / 2).ToFrozenDictionary(i => Pairs[2 * i], i => Pairs[(2 * i) + 1]);

    /// <summary>The text in lower case, without accents. Accents, Hebrew points and Arabic vowel signs that stand as characters of their own are left out; the vowel signs of other scripts are letters.</summary>
    public static string Folded(string text)
    {
        string lower = text.ToLowerInvariant();
        if (Ascii.IsValid(lower)) return lower;
        return string.Concat(lower.Where(c => !IsMark(c)).Select(c => s_plain.GetValueOrDefault(c, c)));
    }

    private static bool IsMark(char c) =>
        c is (>= '\u0300' and <= '\u036F') or (>= '\u0591' and <= '\u05BD') or '\u05BF' or '\u05C1' or '\u05C2' or '\u05C4' or '\u05C5' or '\u05C7' or (>= '\u064B' and <= '\u0652') or '\u0670';
}
