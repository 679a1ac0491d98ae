using System.Collections.Immutable;

namespace Kms.Testing.Ledger;

/// <summary>A Ledger device as a host and its owner's fingers know it: an app is open, or another, or none; it can be locked and unplugged. Written from the
/// published sources' description and from recorded sessions with BouncyCastle's Ed25519: nothing is shared with the product, so that a mistake of one
/// side shows at the other. Where only a real device could tell it is marked [device, unverified] or [app, unverified]. Events are raised by the caller's
/// thread, after the state has changed.</summary>
public sealed class SimulatedLedger
{
    private const int CommandLimit = 260;
    private const string WalletName = "Cosmos";

    private readonly Lock _gate = new();
    private readonly LedgerKey _key;
    private LedgerApp? _app;
    private LedgerProgram _program;

    /// <summary>Plugged in, unlocked, with the validator app open.</summary>
    public SimulatedLedger(LedgerOptions? options = null)
    {
        Options = options ?? new LedgerOptions();
        _key = new LedgerKey(Options.Seed);
        _app = new LedgerApp(Options, _key);
    }

    /// <summary>An answer, with its status. Without a subscriber it is lost.</summary>
    public event Action<byte[]>? Answered;

    /// <summary>The user is asked to confirm the first message. A subscriber may press a button at once.</summary>
    public event Action? Prompted;

    /// <summary>The device has left the bus, if only to come back with another program. What it was about to answer is gone.</summary>
    public event Action? Detached;

    /// <summary>How it was made.</summary>
    public LedgerOptions Options { get; }

    /// <summary>What may go wrong on the way.</summary>
    public LedgerFaults Faults { get; } = new();

    /// <summary>32 bytes.</summary>
    public byte[] PublicKey => _key.PublicKey;

    /// <summary>Whether it is on the bus.</summary>
    public bool IsPlugged { get; private set; } = true;

    /// <summary>Whether it waits for its PIN.</summary>
    public bool IsLocked { get; private set; }

    /// <summary>What is open.</summary>
    public LedgerProgram Program => Locked(() => _program);

    /// <summary>USB product id: each program has interfaces of its own, and so an id of its own. Those of the other programs are examples.</summary>
    public ushort ProductId => (ushort)((Options.Model == LedgerModel.NanoS ? 0x1000 : 0x4000)
        | Program switch { LedgerProgram.Validator => 0x01, LedgerProgram.Dashboard => 0x11, _ => 0x15 });

    /// <summary>What the user is asked to confirm; null when nothing is.</summary>
    public VoteHeader? Prompt => Locked(() => _app?.Prompt);

    /// <summary>The lines of the screen. Those outside of the validator app stand for what is really shown.</summary>
    public IReadOnlyList<string> Screen => Locked<IReadOnlyList<string>>(() =>
        !IsPlugged ? [] : IsLocked ? ["Enter PIN"] : _app?.Screen ?? [_program == LedgerProgram.Wallet ? WalletName : "Dashboard"]);

    /// <summary>Every message that was signed, oldest first, whether or not the signature arrived.</summary>
    public ImmutableArray<byte[]> Signed => Locked(() => _key.Signed.ToImmutableArray());

    /// <summary>A command; its answer comes by <see cref="Answered"/>, or late, or never.</summary>
    /// <exception cref="IOException">The device is not there.</exception>
    public void Send(byte[] command)
    {
        byte[]? answer;
        bool prompts;
        lock (_gate)
        {
            if (!IsPlugged) throw new IOException("the device is unplugged");
            var before = _app?.Prompt;
            answer = command.Length > CommandLimit ? null : Answer(command);
            prompts = before is null && _app?.Prompt is not null;
        }

        if (answer is not null) Answered?.Invoke(answer);
        if (prompts) Prompted?.Invoke();
    }

    /// <summary>The right button. Does nothing when nothing is asked.</summary>
    public void Confirm() => Press(accept: true);

    /// <summary>The left button. Does nothing when nothing is asked.</summary>
    public void Deny() => Press(accept: false);

    /// <summary>Locks it. Whether that ends the app differs between firmwares; an open question stays open otherwise.</summary>
    public void Lock(bool endsApp = false)
    {
        lock (_gate) IsLocked = true;
        if (endsApp) Open(LedgerProgram.Dashboard);
    }

    /// <summary>Enters the PIN.</summary>
    public void Unlock()
    {
        lock (_gate) IsLocked = false;
    }

    /// <summary>Leaves the app and what it remembers; the device comes back to the bus as another product.</summary>
    public void Quit() => Open(LedgerProgram.Dashboard);

    /// <summary>Opens an app, afresh also when it is open.</summary>
    public void Open(LedgerProgram program)
    {
        lock (_gate) Start(program);
        Detached?.Invoke();
    }

    /// <summary>Pulls the plug.</summary>
    public void Unplug()
    {
        lock (_gate) IsPlugged = false;
        Detached?.Invoke();
    }

    /// <summary>Puts it back in, where it waits for its PIN, its app and a confirmation; or skips the first two.</summary>
    public void Plug(LedgerProgram program = LedgerProgram.Validator, bool locked = false)
    {
        lock (_gate)
        {
            Start(program);
            (IsPlugged, IsLocked) = (true, locked);
        }
    }

    private void Start(LedgerProgram program)
    {
        _program = program;
        _app = program == LedgerProgram.Validator ? new LedgerApp(Options, _key) : null;
    }

    private byte[]? Answer(byte[] command)
    {
        if (IsLocked) return LedgerApp.Status((AppStatus)Options.LockedStatus);
        if (_app is not null) return _app.Answer(command);
        var isWallet = _program == LedgerProgram.Wallet;
        // Names and versions are examples.
        if (command.AsSpan().StartsWith(AppName.Command)) return isWallet ? AppName.Answer(WalletName, "2.34.4") : AppName.Answer("BOLOS", "1.6.1");
        return LedgerApp.Status(AppStatus.UnknownClass);
    }

    private void Press(bool accept)
    {
        byte[]? answer;
        lock (_gate) answer = IsPlugged && !IsLocked ? _app?.Press(accept) : null;
        if (answer is not null) Answered?.Invoke(answer);
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate) return read();
    }
}
