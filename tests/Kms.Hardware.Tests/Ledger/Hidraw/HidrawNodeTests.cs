using Kms.Hardware.Ledger.Hidraw;
using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger.Hidraw;

public sealed class HidrawNodeTests
{
    private const string Keyboard = "05010906a101050719e029e71500250175019508810295017508810395057501050819012905910295017503910395067508150026ff00050719002aff008100c0";
    private const string Fido = "06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0";

    [Fact]
    public void What_the_kernel_says_of_a_Ledger()
    {
        var node = Parse(LedgerHid.Uevent(0x1001, "usb-0000:00:14.0-2.1"), LedgerHid.ReportDescriptor);
        Assert.Equal(new HidrawNode("hidraw7", 0x2C97, 0x1001, "Ledger Nano S", "usb-0000:00:14.0-2.1", 0xFFA0), node);
        Assert.True(node!.IsLedger);
    }

    [Theory]
    [InlineData(0x0001)]
    [InlineData(0x1011)]
    [InlineData(0x4001)]
    [InlineData(0x8015)]
    public void Any_product_of_the_vendor_is_one(ushort product) => Assert.True(Parse(LedgerHid.Uevent(product, ""), LedgerHid.ReportDescriptor)!.IsLedger);

    [Theory]
    [InlineData("06a0ff", 0xFFA0)]
    [InlineData("05a0", 0x00A0)]
    [InlineData("07a0ff0000", 0xFFA0)]
    [InlineData("04", null)]
    [InlineData("0400", 0)]
    [InlineData("0901a10106a0ff", 0xFFA0)]
    [InlineData("fe03aa06f1d006a0ff", 0xFFA0)]
    [InlineData("27ffffff7f06a0ff05d0", 0xFFA0)]
    [InlineData("06a0", null)]
    [InlineData("fe", null)]
    [InlineData("feff00", null)]
    [InlineData("", null)]
    [InlineData("c0c0c0", null)]
    [InlineData(Keyboard, 1)]
    [InlineData(Fido, 0xF1D0)]
    public void The_first_usage_page_tells_what_an_interface_is_for(string descriptor, int? page)
    {
        var node = Parse(LedgerHid.Uevent(0x1015, "port"), Convert.FromHexString(descriptor));
        Assert.Equal(page, node!.UsagePage);
        Assert.Equal(page == HidrawNode.LedgerUsagePage, node.IsLedger);
    }

    [Fact]
    public void Another_vendor_is_none() =>
        Assert.False(Parse("HID_ID=0003:00001050:00000407\nHID_NAME=Yubico\nHID_PHYS=usb-1/input0\n", LedgerHid.ReportDescriptor)!.IsLedger);

    [Theory]
    [InlineData("")]
    [InlineData("HID_NAME=Ledger")]
    [InlineData("HID_ID=")]
    [InlineData("HID_ID=0003:00002C97")]
    [InlineData("HID_ID=0003:00002C97:00001001:0")]
    [InlineData("HID_ID=0003:0x2C97:00001001")]
    [InlineData("HID_ID=0003:00012C97:00001001")]
    [InlineData("HID_ID=0003:00002C97:\u0661001")]
    [InlineData(" HID_ID=0003:00002C97:00001001")]
    public void What_has_no_ids_is_no_device(string uevent) => Assert.Null(Parse(uevent, LedgerHid.ReportDescriptor));

    [Fact]
    public void What_a_device_calls_itself_can_be_printed()
    {
        var node = Parse($"HID_ID=0003:00002C97:00001001\nHID_NAME=\u001b[2JLedger\u202e\t{new string('x', 500)}\nHID_PHYS=usb-1-4", LedgerHid.ReportDescriptor)!;
        Assert.StartsWith("[2JLedgerxx", node.Model, StringComparison.Ordinal);
        Assert.Equal(128, node.Model.Length);
        Assert.Equal("usb-1-4", node.Port);
    }

    private static HidrawNode? Parse(string uevent, byte[] descriptor) => HidrawNode.Parse("hidraw7", uevent, descriptor);
}
