/// Tells file systems on which locks hold from those on which they may not.
enum FileSystemKind {
    /// What the network file system with this magic number (statfs(2), f_type) is called; nil for all others.
    ///
    /// FUSE counts: whether a server stands behind one can't be told.
    static func network(magic: UInt32) -> String? {
        switch magic {
        case 0x6969: "nfs"
        case 0x517B: "smb"
        case 0xFF53_4D42: "cifs"
        case 0xFE53_4D42: "smb2"
        case 0x0102_1997: "9p"
        case 0x6573_5546: "fuse, which may be a remote one"
        case 0x5346_414F, 0x6B41_4653: "afs"
        case 0x00C3_6400: "ceph"
        case 0x7375_7245: "coda"
        case 0x564C: "ncp"
        case 0x0BD0_0BD0: "lustre"
        case 0x0116_1970: "gfs2"
        case 0x7461_636F: "ocfs2"
        case 0x4750_4653: "gpfs"
        case 0x1983_0326: "beegfs"
        case 0x2003_0528: "orangefs"
        case 0xAAD7_AAEA: "panfs"
        case 0xBEEF_DEAD: "snfs"
        case 0x786F_4256: "vboxsf"
        case 0xBACB_ACBC: "vmhgfs"
        case 0x7C7C_6673: "prl_fs"
        default: nil
        }
    }
}
