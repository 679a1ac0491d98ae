using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kms.Hardware.YubiHsm.Setup;

/// <summary>The report that stays in a device that was set up, in opaque object 0xfffe: one line of JSON, the fields and their order as tmkms writes them.</summary>
/// <param name="Id">A random id of the set-up.</param>
/// <param name="Serial">The device's serial number, ten digits.</param>
/// <param name="HostName">Where it was set up; null when not known.</param>
/// <param name="UserName">By whom; null when not known.</param>
/// <param name="Time">When.</param>
/// <param name="Software">With what, such as "tmkms 1.0.0".</param>
public sealed record SetupReport(Guid Id, string Serial, string? HostName, string? UserName, DateTimeOffset Time, string Software)
{
    private const int Version = 1;

    // The text is read from the device by programs, not by browsers.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text, UTF-8.</summary>
    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteString("uuid", Id);
            json.WriteString("device_serial_number", Serial);
            json.WriteString("hostname", HostName);
            json.WriteString("username", UserName);
            json.WriteStartArray("date");
            foreach (var number in DateNumbers()) json.WriteNumberValue(number);
            json.WriteEndArray();
            json.WriteString("software", Software);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Year, day of the year, hour, minute, second, nanosecond; then the distance to UTC in hours, minutes, seconds: none.</summary>
    private int[] DateNumbers()
    {
        var utc = Time.UtcDateTime;
        var nanoseconds = (int)(utc.Ticks % TimeSpan.TicksPerSecond) * (int)TimeSpan.NanosecondsPerTick;
        return [utc.Year, utc.DayOfYear, utc.Hour, utc.Minute, utc.Second, nanoseconds, 0, 0, 0];
    }
}
