import com.twilio.exception.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Counts calls, and those whose result is the expected one. */
final class Calls {
    private final TreeSet<String> operations = new TreeSet<>();
    private int made;
    private int passed;

    interface Request<T> {
        T make() throws Exception;
    }

    /** Makes a call, which passes if the check of its result is true. */
    <T> T call(String operation, Request<T> request, Predicate<T> check) {
        made += 1;
        try {
            T result = request.make();
            if (!check.test(result)) {
                throw new IllegalStateException("unexpected result: " + result);
            }
            passed += 1;
            operations.add(operation);
            return result;
        } catch (Exception error) {
            System.err.println(operation + ": " + error);
            return null;
        }
    }

    <T> T call(String operation, Request<T> request) {
        return call(operation, request, result -> result != null);
    }

    void delete(String operation, Request<Boolean> request) {
        call(operation, request, deleted -> deleted);
    }

    /** Reads all pages of a list. */
    <T> List<T> list(String operation, Request<? extends Iterable<T>> request, Predicate<List<T>> check) {
        Request<List<T>> all = () -> {
            List<T> items = new ArrayList<>();
            request.make().forEach(items::add);
            return items;
        };
        return call(operation, all, check);
    }

    /** Makes a call that must be rejected. */
    void rejected(String operation, int status, int code, Request<?> request) {
        Request<ApiException> rejection = () -> {
            try {
                request.make();
                return null;
            } catch (ApiException error) {
                return error;
            }
        };
        call(operation, rejection, it -> it != null && it.getStatusCode() == status && it.getCode() == code);
    }

    /** Prints the operations and the counts; returns whether every call passed. */
    boolean report() {
        System.out.println("operations: " + String.join(" ", operations));
        System.out.println(passed + "/" + made);
        return passed == made;
    }
}
