{
  "targets": [
    {
      "target_name": "fdkit",
      "sources": [
        "native/addon.cc",
        "native/constants.cc",
        "native/epoll.cc",
        "native/file.cc",
        "native/inotify.cc",
        "native/ioctl.cc",
        "native/message.cc",
        "native/msghdr.cc",
        "native/memory.cc",
        "native/path.cc",
        "native/poll.cc",
        "native/resolve.cc",
        "native/signal.cc",
        "native/socket.cc",
        "native/sockopt.cc",
        "native/splice.cc",
        "native/transport.cc",
        "native/wake.cc",
      ],
      "dependencies": ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "cflags_cc": ["-std=c++17", "-fvisibility=hidden", "-Wall", "-Wextra"],
      "ldflags": ["-Wl,-z,relro,-z,now"],
    }
  ]
}
