namespace Candor.Audit.Search;

/// <summary>The arithmetic that tells an identifier of digits from any other number.</summary>
public static class DigitChecks
{
    /// <summary>ISO/IEC 7812-1, annex B: the check digit of IMEI (3GPP TS 23.003, annex B) and ICCID (ITU-T E.118). False for anything but digits.</summary>
    public static bool Luhn(ReadOnlySpan<char> digits)
    {
        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            if (!char.IsAsciiDigit(digits[^(i + 1)])) return false;
            int digit = digits[^(i + 1)] - '0';
            sum += i % 2 == 0 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        }
        return digits.Length > 1 && sum % 10 == 0;
    }

    /// <summary>The digit that makes <paramref name="digits"/> pass <see cref="Luhn"/> when it is put behind them.</summary>
    public static char LuhnDigit(string digits)
    {
        for (char c = '0'; c < '9'; c++)
        {
            if (Luhn(digits + c)) return c;
        }
        return '9';
    }

    /// <summary>Whether the first 8 digits can be a Type Allocation Code: its first two digits name a reporting body that GSMA TS.06 lists, and it is not all one digit.</summary>
    /// <remarks>Bodies: 00 (test), 01 (PTCRB), 10 (DECT), 30 to 35 (old national bodies, and BABT with 35), 44 to 54, 86 (TAF, China), 91 (MSAI, India), 98 and 99.</remarks>
    public static bool PlausibleTypeAllocation(ReadOnlySpan<char> imei)
    {
        if (imei.Length < 14 || !imei.ContainsAnyExcept(imei[0])) return false;
        int body = (imei[0] - '0') * 10 + (imei[1] - '0');
        return body is 1 or 35 or 86 or 91 or (>= 30 and <= 34) or (>= 44 and <= 54) or 98 or 99;
    }
}
