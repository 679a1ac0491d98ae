// The product has a class of this name, its side of the seam; here the name is always the simulated device.
global using YubiHsmDevice = Kms.Testing.YubiHsm.YubiHsmDevice;
