namespace Candor.Audit.Search;

/// <summary>Readings of Chinese names in Latin letters, for the characters that names are mostly made of.</summary>
/// <remarks>
/// A small table of our own: common surnames and characters of given names, simplified and some traditional, without tones; ü is written v and u, as phones do. A name with a character
/// that is not in it has no pinyin forms, and the set says so. Surnames with a reading of their own (单 shan, 曾 zeng, 仇 qiu) have that one in first place.
/// </remarks>
internal static class Pinyin
{
    private const string Table = """
        ai:爱艾愛 an:安 ao:敖奥 bai:白柏 ban:班 bao:包宝鲍保寶 bei:贝北貝 bi:毕碧 bian:边卞 biao:彪 bin:斌彬滨宾 bing:冰兵炳 bo:波博伯勃 cai:蔡才彩 can:灿 cao:曹 cen:岑 chang:常昌畅长 chao:超朝
        chen:陈晨辰陳臣 cheng:程成诚承城澄 chi:池 chong:崇 chu:楚褚初 chuan:川传 chun:春纯淳 cong:聪丛 cui:崔翠 da:达大 dai:戴代 dan:丹旦 dang:党 dao:道 de:德 deng:邓登鄧 di:迪狄 ding:丁定 dong:董东冬栋東 dou:窦
        du:杜都 duan:段端 en:恩 er:尔 fan:范樊凡帆繁 fang:方芳房 fei:飞菲费斐 fen:芬 feng:冯峰风凤丰枫锋馮 fu:付傅福富符夫 gan:甘 gang:刚钢 gao:高 ge:葛戈 gen:根 geng:耿 gong:龚宫巩 gu:顾谷古 guan:关管冠 guang:光广
        gui:桂贵 guo:郭国国國 hai:海 han:韩汉涵寒晗韓 hang:杭航 hao:郝浩豪昊皓好 he:何贺和鹤河荷 heng:恒衡 hong:洪红宏虹鸿弘 hou:侯厚 hu:胡虎湖 hua:华花华華 huai:怀 huan:欢焕环 huang:黄皇黃 hui:惠辉慧会蕙晖 huo:霍
        ji:吉季纪冀济继姬 jia:贾佳家嘉甲 jian:建健简剑坚 jiang:江姜蒋将疆蔣 jiao:焦娇 jie:杰洁捷婕 jin:金晋靳锦进津瑾 jing:静晶京敬景靖菁婧 jiu:久九 ju:居菊 juan:娟 jun:军俊君钧骏峻軍 kai:凯开恺 kang:康 ke:柯可科珂
        kong:孔 kuan:宽 kui:奎 kun:坤昆 lai:赖来 lan:兰蓝岚 lang:郎朗 lao:劳 le:乐 lei:雷磊蕾 leng:冷 li:李黎丽力立利莉理厉礼 lian:连莲廉 liang:梁良亮 liao:廖 lin:林琳霖麟 ling:凌玲灵铃 liu:刘柳六流劉 long:龙隆龍 lou:娄
        lu:卢陆鲁路露璐鹿 luan:栾 lun:伦 luo:罗骆洛羅 lv:吕绿律 ma:马馬 mai:麦 man:曼满 mao:毛茅 mei:梅美眉 meng:孟萌梦蒙 mi:米 miao:苗妙 min:敏民闵 ming:明鸣名铭 mo:莫墨默 mu:穆木牧 na:娜那 nan:南楠男 ni:倪妮 nian:年
        ning:宁甯 niu:牛 nuo:诺 ou:欧 pan:潘盼 pang:庞 pei:裴培佩沛 peng:彭鹏朋 ping:平萍苹 pu:蒲 qi:齐琪祁奇琦启齊 qian:钱千倩谦錢 qiang:强 qiao:乔桥巧喬 qin:秦琴勤 qing:青清庆晴卿 qiong:琼 qiu:邱秋丘仇求 qu:曲屈瞿
        quan:全权泉 ran:冉然 rao:饶 ren:任人仁 rong:荣容蓉融 ru:茹如 ruan:阮 rui:瑞睿锐蕊 run:润 sen:森 sha:沙莎 shan:山珊单善杉 shang:尚 shao:邵少绍 she:佘 shen:沈申慎深 sheng:盛生胜声圣 shi:石史施时诗世士师仕 shou:寿
        shu:舒树书淑 shuai:帅 shuang:双爽 shui:水 shun:顺 si:司思斯丝 song:宋松 su:苏素蘇 sun:孙孫 tai:泰太 tan:谭谈覃檀 tang:唐汤堂 tao:陶涛韬 teng:滕腾 tian:田天甜 tie:铁 ting:婷庭亭霆 tong:佟童通彤桐 tu:涂 wan:万婉
        wang:王汪旺望 wei:魏韦卫伟薇维威微炜 wen:温文闻雯 wu:吴武伍吾吳 xi:席西喜希熙溪 xia:夏霞 xian:贤先 xiang:向项香祥翔湘 xiao:肖萧小晓笑潇曉 xie:谢谐谢謝 xin:辛欣新心鑫馨昕 xing:邢星兴幸 xiong:熊雄 xiu:秀修 xu:许徐旭须許
        xuan:宣轩萱璇 xue:薛雪学学 xun:荀勋 yan:严颜闫燕岩艳炎言妍 yang:杨阳洋扬羊楊 yao:姚瑶尧耀 ye:叶业野葉 yi:易伊怡一义依艺毅逸仪 yin:尹殷银音 ying:应英莹颖盈樱 yong:永勇咏 you:尤游友 yu:于余俞玉宇雨郁瑜虞喻禹予煜
        yuan:袁元远媛圆苑源 yue:岳月悦越 yun:云芸韵 zan:赞 ze:泽 zeng:曾增 zha:查 zhan:詹展占 zhang:张章彰張 zhao:赵照昭趙 zhe:哲喆 zhen:甄真珍振贞震 zheng:郑正政征鄭 zhi:志智之芝致 zhong:钟忠中仲鐘 zhou:周舟洲 zhu:朱祝竹珠诸
        zhuang:庄 zhuo:卓 zi:子紫梓姿 zong:宗 zou:邹 zu:祖 zuo:左佐
        """;

    private static readonly HashSet<string> s_doubleSurnames = ["欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯"];

    private static readonly Dictionary<char, string> s_readings = Read();

    /// <summary>Surname and syllables of the given name, in each order that the characters allow; null where the text is no Chinese name or has a character without a reading.</summary>
    public static IReadOnlyList<(string Family, string[] Given)>? Of(string name)
    {
        string text = new([.. name.Where(c => !char.IsWhiteSpace(c))]);
        if (text.Length is < 2 or > 4) return null;
        var syllables = new string[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            if (!s_readings.TryGetValue(text[i], out string? reading)) return null;
            syllables[i] = reading;
        }
        int family = text.Length > 2 && s_doubleSurnames.Contains(text[..2]) ? 2 : 1;
        List<(string, string[])> all = [(string.Concat(syllables[..family]), syllables[family..])];
        if (syllables.Any(s => s is "lv" or "nv"))
            all.Add((string.Concat(syllables[..family]).Replace('v', 'u'), [.. syllables[family..].Select(s => s.Replace('v', 'u'))]));
        return all;
    }

    private static Dictionary<char, string> Read()
    {
        var readings = new Dictionary<char, string>();
        foreach (string entry in Table.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = entry.IndexOf(':', StringComparison.Ordinal);
            foreach (char c in entry.AsSpan(colon + 1)) readings.TryAdd(c, entry[..colon]);
        }
        return readings;
    }
}
