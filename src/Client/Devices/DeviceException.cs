namespace Candor.Client.Devices;

/// <summary>A device that cannot be opened, made or used as it is. The message says what to do next.</summary>
public sealed class DeviceException(string message, Exception? inner = null) : Exception(message, inner);
