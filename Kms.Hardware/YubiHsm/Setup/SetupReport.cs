using System.Text.Json;

namespace Kms.Hardware.YubiHsm.Setup;

/// <summary>What is left in a device about its set-up, in the form of tmkms (yubihsm.rs, setup/report.rs): opaque object 0xfffe.</summary>
/// <param name="Id">A random one.</param>
/// <param name="Serial">Serial number of the device, ten digits.</param>
/// <param name="Hostname">Name of the machine; null when it is not known.</param>
/// <param name="Username">Who did it; null when it is not known.</param>
/// <param name="Time">When.</param>
/// <param name="Software">By what.</param>
public sealed record SetupReport(Guid Id, string Serial, string? Hostname, string? Username, DateTimeOffset Time, string Software)
{
    /// <summary>The report as one line of JSON, with the members in tmkms's order. The date is [year, day of the year, h, m, s, ns, and the offset as h, m, s].</summary>
    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("version", 1);
            json.WriteString("uuid", Id);
            json.WriteString("device_serial_number", Serial);
            json.WriteString("hostname", Hostname);
            json.WriteString("username", Username);
            json.WriteStartArray("date");
            var time = Time.UtcDateTime;
            var nanoseconds = (int)(time.Ticks % TimeSpan.TicksPerSecond) * 100;
            foreach (var part in new[] { time.Year, time.DayOfYear, time.Hour, time.Minute, time.Second, nanoseconds, 0, 0, 0 }) json.WriteNumberValue(part);
            json.WriteEndArray();
            json.WriteString("software", Software);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
