namespace Candor.Protocol;

public static class Limits;
